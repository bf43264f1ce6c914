/** How the benchmark's page looks, on light and dark screens, wide and narrow. */
export const STYLE = `
:root {
  --paper: #fbfaf8; --card: #fff; --ink: #1c1b1a; --quiet: #6b6762; --line: #e4e0da;
  --own: #c2410c; --other: #b9b3ab; --whisker: #57534e;
}
@media (prefers-color-scheme: dark) {
  :root {
    --paper: #171614; --card: #211f1d; --ink: #eceae6; --quiet: #a29d96; --line: #35322e;
    --own: #fb923c; --other: #67625c; --whisker: #d6d3d1;
  }
}
* { box-sizing: border-box; }
body {
  margin: 0 auto; padding: 2rem 1.25rem 4rem; max-width: 84rem; background: var(--paper); color: var(--ink);
  font: 15px/1.5 system-ui, -apple-system, "Segoe UI", sans-serif; font-variant-numeric: tabular-nums;
}
h1 { margin: 0; font-size: 1.7rem; font-weight: 650; letter-spacing: -0.01em; }
h1 span { color: var(--own); }
h2 { margin: 2.5rem 0 0.75rem; font-size: 1.2rem; font-weight: 650; }
header p { margin: 0.4rem 0 0; max-width: 70rem; color: var(--quiet); }
.cards { columns: 2 32rem; column-gap: 1rem; }
figure { break-inside: avoid; margin: 0 0 1rem; padding: 1rem 1.1rem 0.5rem; background: var(--card); border: 1px solid var(--line); border-radius: 0.6rem; }
figcaption { margin-bottom: 0.5rem; font-weight: 600; }
small { margin-left: 0.3rem; color: var(--quiet); font-size: 0.85rem; font-weight: 400; }
.row { display: grid; grid-template-columns: minmax(6rem, 13.5rem) minmax(4rem, 1fr) 10.5rem; gap: 0.7rem; align-items: center; font-size: 0.85rem; }
.label { line-height: 1.2; padding: 0.25rem 0; overflow-wrap: anywhere; }
.value { color: var(--quiet); white-space: nowrap; }
.own .label, .own .value { color: var(--ink); font-weight: 600; }
.row svg { width: 100%; height: 1.7rem; overflow: visible; }
rect { fill: var(--other); rx: 2px; }
.own rect { fill: var(--own); }
.grid { stroke: var(--line); }
.whisker { stroke: var(--whisker); stroke-width: 1.25; }
.axis svg { height: 1.2rem; }
text { fill: var(--quiet); font-size: 11px; text-anchor: middle; }
details { margin-top: 0.8rem; color: var(--quiet); }
summary { cursor: pointer; }
.wide { overflow-x: auto; }
table { border-collapse: collapse; margin-top: 0.5rem; font-size: 0.82rem; color: var(--ink); }
th, td { padding: 0.2rem 0.7rem; text-align: right; white-space: pre; border-bottom: 1px solid var(--line); }
th { color: var(--quiet); font-weight: 500; }
td:first-child, td:nth-child(2) { text-align: left; }
tr.own td:first-child { font-weight: 600; }
@media (max-width: 40rem) {
  .row { grid-template-columns: 1fr 1fr; gap: 0 0.7rem; }
  .row svg { grid-column: 1 / -1; grid-row: 2; }
  .value { text-align: right; }
}
`;
