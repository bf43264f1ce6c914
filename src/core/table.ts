/** Rows of text in aligned columns, the first row above a line. */
export function formatTable(rows: readonly (readonly string[])[], align: readonly ("left" | "right")[]): string {
  const widths = align.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  const line = (row: readonly string[]): string =>
    widths
      .map((width, column) => (align[column] === "left" ? (row[column] ?? "").padEnd(width) : (row[column] ?? "").padStart(width)))
      .join("  ")
      .trimEnd();
  const [head, ...body] = rows;
  const rule = "─".repeat(widths.reduce((sum, width) => sum + width + 2, -2));
  return [line(head ?? []), rule, ...body.map(line)].join("\n");
}
