/** PyTorch's update rules for a single number, in f64, as its documentation and the fixtures' README state them. */

/** Options of any rule, with the rule's own names. */
export type Options = Readonly<Record<string, number | boolean | readonly [number, number]>>;
/** Takes a weight and its gradient, gives the weight after the step. */
export type Stepper = (w: number, g: number) => number;

const number = (options: Options, name: string, otherwise: number): number => Number(options[name] ?? otherwise);
const pair = (options: Options, otherwise: readonly [number, number]): readonly [number, number] =>
  (options.betas as readonly [number, number] | undefined) ?? otherwise;

function sgd(options: Options): Stepper {
  const [lr, decay, momentum] = [number(options, "lr", 0.01), number(options, "weightDecay", 0), number(options, "momentum", 0)];
  let buffer: number | null = null;
  return (w, gradient) => {
    const g = gradient + decay * w;
    if (momentum === 0) return w - lr * g;
    buffer = buffer === null ? g : momentum * buffer + (1 - number(options, "dampening", 0)) * g;
    return w - lr * (options.nesterov ? g + momentum * buffer : buffer);
  };
}

function adagrad(options: Options): Stepper {
  let [sum, t] = [number(options, "initialAccumulatorValue", 0), 0];
  return (w, gradient) => {
    const g = gradient + number(options, "weightDecay", 0) * w;
    const rate = number(options, "lr", 0.01) / (1 + t * number(options, "lrDecay", 0));
    t += 1;
    sum += g * g;
    return w - (rate * g) / (Math.sqrt(sum) + number(options, "eps", 1e-10));
  };
}

function rmsprop(options: Options): Stepper {
  const [alpha, momentum] = [number(options, "alpha", 0.99), number(options, "momentum", 0)];
  let [square, mean, buffer] = [0, 0, 0];
  return (w, gradient) => {
    const g = gradient + number(options, "weightDecay", 0) * w;
    square = alpha * square + (1 - alpha) * g * g;
    mean = alpha * mean + (1 - alpha) * g;
    const d = g / (Math.sqrt(square - (options.centered ? mean * mean : 0)) + number(options, "eps", 1e-8));
    buffer = momentum * buffer + d;
    return w - number(options, "lr", 0.01) * buffer;
  };
}

function adadelta(options: Options): Stepper {
  const [rho, eps] = [number(options, "rho", 0.9), number(options, "eps", 1e-6)];
  let [v, u] = [0, 0];
  return (w, gradient) => {
    const g = gradient + number(options, "weightDecay", 0) * w;
    v = rho * v + (1 - rho) * g * g;
    const d = (Math.sqrt(u + eps) / Math.sqrt(v + eps)) * g;
    u = rho * u + (1 - rho) * d * d;
    return w - number(options, "lr", 1) * d;
  };
}

function adamLike(options: Options, isDecoupled: boolean): Stepper {
  const [b1, b2] = pair(options, [0.9, 0.999]);
  const [lr, decay] = [number(options, "lr", 1e-3), number(options, "weightDecay", isDecoupled ? 0.01 : 0)];
  let [m, v, top, t] = [0, 0, 0, 0];
  return (weight, gradient) => {
    const w = isDecoupled ? weight * (1 - lr * decay) : weight;
    const g = isDecoupled ? gradient : gradient + decay * w;
    t += 1;
    m = b1 * m + (1 - b1) * g;
    v = b2 * v + (1 - b2) * g * g;
    top = Math.max(top, v);
    const root = Math.sqrt((options.amsgrad ? top : v) / (1 - b2 ** t));
    return w - ((lr / (1 - b1 ** t)) * m) / (root + number(options, "eps", 1e-8));
  };
}

function adamax(options: Options): Stepper {
  const [b1, b2] = pair(options, [0.9, 0.999]);
  let [m, u, t] = [0, 0, 0];
  return (w, gradient) => {
    const g = gradient + number(options, "weightDecay", 0) * w;
    t += 1;
    m = b1 * m + (1 - b1) * g;
    u = Math.max(b2 * u, Math.abs(g) + number(options, "eps", 1e-8));
    return w - ((number(options, "lr", 2e-3) / (1 - b1 ** t)) * m) / u;
  };
}

function nadam(options: Options): Stepper {
  const [b1, b2] = pair(options, [0.9, 0.999]);
  const mu = (t: number) => b1 * (1 - 0.5 * 0.96 ** (t * number(options, "momentumDecay", 0.004)));
  let [m, v, t, product] = [0, 0, 0, 1];
  return (w, gradient) => {
    const g = gradient + number(options, "weightDecay", 0) * w;
    t += 1;
    product *= mu(t);
    m = b1 * m + (1 - b1) * g;
    v = b2 * v + (1 - b2) * g * g;
    const step = ((1 - mu(t)) / (1 - product)) * g + (mu(t + 1) / (1 - product * mu(t + 1))) * m;
    return w - (number(options, "lr", 2e-3) * step) / (Math.sqrt(v / (1 - b2 ** t)) + number(options, "eps", 1e-8));
  };
}

function radam(options: Options): Stepper {
  const [b1, b2] = pair(options, [0.9, 0.999]);
  const infinite = 2 / (1 - b2) - 1;
  let [m, v, t] = [0, 0, 0];
  return (w, gradient) => {
    const g = gradient + number(options, "weightDecay", 0) * w;
    t += 1;
    m = b1 * m + (1 - b1) * g;
    v = b2 * v + (1 - b2) * g * g;
    const rho = infinite - (2 * t * b2 ** t) / (1 - b2 ** t);
    const rate = number(options, "lr", 1e-3) / (1 - b1 ** t);
    if (rho <= 5) return w - rate * m;
    const r = Math.sqrt(((rho - 4) * (rho - 2) * infinite) / ((infinite - 4) * (infinite - 2) * rho));
    return w - (rate * m * r * Math.sqrt(1 - b2 ** t)) / (Math.sqrt(v) + number(options, "eps", 1e-8));
  };
}

function lion(options: Options): Stepper {
  const [b1, b2] = pair(options, [0.9, 0.99]);
  const lr = number(options, "lr", 1e-4);
  let m = 0;
  return (w, g) => {
    const step = Math.sign(b1 * m + (1 - b1) * g);
    m = b2 * m + (1 - b2) * g;
    return w * (1 - lr * number(options, "weightDecay", 0)) - lr * step;
  };
}

/** By the rules' own names. */
export const steppers: Readonly<Record<string, (options: Options) => Stepper>> = {
  sgd,
  adagrad,
  rmsprop,
  adadelta,
  adam: (options) => adamLike(options, false),
  adamW: (options) => adamLike(options, true),
  adamax,
  nadam,
  radam,
  lion,
};
