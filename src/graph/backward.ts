/** Reverse mode: gradients flow from a loss back through the nodes that lead to what they are wanted for. */
import { ShapeError, ValueError } from "../core/errors.ts";
import type { Shape } from "../core/shape.ts";
import { isTracked, type Node, withTracking } from "./op.ts";
import type { Tensor } from "./tensor.ts";

/** The few ops that reverse mode itself needs; src/ops hands them in, so that nothing here depends on it. */
type Primitives = { add(a: Tensor, b: Tensor): Tensor; full(shape: Shape, value: number): Tensor; alias(x: Tensor): Tensor };
let primitives: Primitives;
export function setPrimitives(given: Primitives): void {
  primitives = given;
}

/** Nodes that `outputs` were computed by, in the order of computation, as far as they lead to `wanted`; `stop`: and not beyond. */
function pathTo(outputs: readonly Tensor[], wanted: ReadonlySet<Tensor>, stop: boolean): { path: Node[]; leads: Set<Node> } {
  const seen = new Set<Node>();
  const stack = outputs.flatMap((output) => output.node ?? []);
  for (let node = stack.pop(); node; node = stack.pop()) {
    if (seen.has(node)) continue;
    seen.add(node);
    for (const input of node.inputs) if (input.node && !(stop && wanted.has(input))) stack.push(input.node);
  }
  const leads = new Set<Node>();
  const path = [...seen]
    .sort((a, b) => a.id - b.id)
    .filter((node) => {
      const does = node.inputs.some((input) => wanted.has(input) || (input.node && leads.has(input.node)));
      if (does) leads.add(node);
      return does;
    });
  return { path, leads };
}

function checkVersions(node: Node): void {
  for (const { version, changes } of node.versions) {
    if (version.changes === changes) continue;
    throw new ValueError(
      node.op.name,
      "was computed before a parameter or buffer it reads was changed, so its gradient would be wrong",
      undefined,
      "computing the loss again after the update",
    );
  }
}

/** What an op without a gradient of its own gives, through its plain form. */
function plainGradients(node: Node, gradients: readonly Tensor[], needed: readonly boolean[]): (Tensor | null)[] {
  const inputs = node.inputs.map((input, i) => {
    const own = needed[i] ? primitives.alias(input) : input;
    if (needed[i] && !isTracked(own)) own.leaf = true;
    return own;
  });
  const outputs = withTracking(true, () => node.op.plain!(inputs, node.attributes));
  const found = differentiate(
    outputs,
    inputs.filter((_, i) => needed[i]),
    gradients,
  );
  return needed.map((need) => (need ? found.shift()! : null));
}

/**
 * Gradients of Σ outputs·seeds with respect to each of `wanted`; null where nothing leads there.
 * @param independent each of `wanted` counts as given, even where one was computed from another
 */
export function differentiate(
  outputs: readonly Tensor[],
  wanted: readonly Tensor[],
  seeds: readonly Tensor[],
  independent = false,
): (Tensor | null)[] {
  const targets = new Set(wanted);
  const { path, leads } = pathTo(outputs, targets, independent);
  const gradients = new Map<Tensor, Tensor>();
  const accumulate = (tensor: Tensor, gradient: Tensor): void => {
    const sum = gradients.get(tensor);
    gradients.set(tensor, sum ? primitives.add(sum, gradient) : gradient);
  };
  for (const [i, output] of outputs.entries()) if (seeds[i]) accumulate(output, seeds[i]);
  for (const node of path.reverse()) {
    if (!node.outputs.some((output) => gradients.has(output))) continue;
    checkVersions(node);
    const flowing = node.outputs.map((output) => gradients.get(output) ?? primitives.full(output.shape, 0));
    const needed = node.inputs.map((input) => targets.has(input) || (input.node !== null && leads.has(input.node)));
    const found = node.op.grad
      ? node.op.grad(flowing, node.inputs, node.outputs, node.attributes).map((thunk, i) => (needed[i] ? thunk() : null))
      : plainGradients(node, flowing, needed);
    for (const [i, gradient] of found.entries()) if (gradient) accumulate(node.inputs[i]!, gradient);
    for (const output of node.outputs) if (!targets.has(output)) gradients.delete(output);
  }
  return wanted.map((tensor) => gradients.get(tensor) ?? null);
}

function checkScalar(where: string, y: Tensor): void {
  if (y.size !== 1) throw new ShapeError(where, "the function must return a single number", { returned: y }, "sum() or mean()");
}

/** What `valueAndGrad` gives. */
export type ValueAndGradient = { value: Tensor; gradient: Tensor };

/**
 * A function that gives f's value and its gradient with respect to its first argument.
 *
 * @throws ShapeError when f does not return a single number
 * @example const { value, gradient } = valueAndGrad((w) => w.square().sum())(tensor([1, 2]));
 */
export function valueAndGrad<Rest extends readonly unknown[]>(
  f: (x: Tensor, ...rest: Rest) => Tensor,
): (x: Tensor, ...rest: Rest) => ValueAndGradient {
  return (x, ...rest) => differentiated("valueAndGrad", f, x, rest);
}

function differentiated<Rest extends readonly unknown[]>(
  where: string,
  f: (x: Tensor, ...rest: Rest) => Tensor,
  x: Tensor,
  rest: Rest,
): ValueAndGradient {
  const input = primitives.alias(x);
  if (!isTracked(input)) input.leaf = true;
  const value = f(input, ...rest);
  checkScalar(where, value);
  const [gradient] = differentiate([value], [input], [primitives.full(value.shape, 1)]);
  return { value, gradient: gradient ?? primitives.full(x.shape, 0) };
}

/**
 * The gradient of a function of tensors with respect to its first argument, itself a function that can be differentiated.
 *
 * @throws ShapeError when f does not return a single number
 * @example grad((x) => x.pow(3).sum())(tensor([2])).item() // 12
 */
export function grad<Rest extends readonly unknown[]>(
  f: (x: Tensor, ...rest: Rest) => Tensor,
): (x: Tensor, ...rest: Rest) => Tensor {
  return (x, ...rest) => differentiated("grad", f, x, rest).gradient;
}

/** Gradients of a single number with respect to tensors it was computed from; null for those it does not depend on. */
export function gradientsOf(where: string, loss: Tensor, wanted: readonly Tensor[]): (Tensor | null)[] {
  checkScalar(where, loss);
  return differentiate([loss], wanted, [primitives.full(loss.shape, 1)]);
}
