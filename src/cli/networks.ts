/** Networks that a configuration describes: dense layers, behind convolutions of pictures or vectors of tokens. */
import { ValueError } from "../core/errors.ts";
import {
  Conv2d,
  type Dataset,
  Dropout,
  Embedding,
  elu,
  Flatten,
  GlobalAvgPool,
  gelu,
  ImagePreparation,
  type Layer,
  Linear,
  leakyRelu,
  MaxPool2d,
  type Preparation,
  relu,
  Sequential,
  sigmoid,
  silu,
  TextPreparation,
  tanh,
} from "../index.ts";

const ACTIVATIONS = { elu, gelu, leakyRelu, relu, sigmoid, silu, tanh };

export type NetworkConfig = {
  /** Widths of dense layers. Default [32]. */
  hidden?: readonly number[];
  activation?: keyof typeof ACTIVATIONS;
  dropout?: number;
  /** Of pictures: channels of convolutions, 3 × 3, each with a pooling that halves the picture. Default [16, 32]. */
  filters?: readonly number[];
  /** Of texts: numbers of a token's vector, whose mean over the text goes on. Default 32. */
  embedding?: number;
};

export function chosen<T>(where: string, from: Readonly<Record<string, T>>, name: string): T {
  const found = Object.hasOwn(from, name) ? from[name] : undefined;
  if (found === undefined) throw new ValueError("train", `knows no ${where} '${name}'`, undefined, Object.keys(from).join(", "));
  return found;
}

/** Layers before the dense ones, and how many numbers they give of a row. */
function front(
  { x }: Dataset,
  preparation: Preparation,
  activate: Layer,
  config: NetworkConfig,
): { layers: Layer[]; width: number } {
  const { filters = [16, 32], embedding = 32 } = config;
  if (preparation instanceof TextPreparation)
    return { layers: [new Embedding(preparation.size, embedding, { paddingIndex: 0 }), new GlobalAvgPool()], width: embedding };
  if (!(preparation instanceof ImagePreparation)) return { layers: [], width: x.shape[1]! };
  let [height, width, channels] = x.shape.slice(1) as [number, number, number];
  const layers: Layer[] = [];
  for (const next of filters) {
    layers.push(new Conv2d(channels, next, 3, { padding: 1 }), activate);
    if (Math.min(height, width) >= 2) {
      layers.push(new MaxPool2d(2));
      [height, width] = [Math.floor(height / 2), Math.floor(width / 2)];
    }
    channels = next;
  }
  return { layers: [...layers, new Flatten()], width: height * width * channels };
}

/** The network for such rows. */
export function networkOf({ network = {} }: { network?: NetworkConfig }, data: Dataset, preparation: Preparation): Sequential {
  const { hidden = [32], activation = "relu", dropout = 0 } = network;
  const activate = chosen("activation", ACTIVATIONS, activation) as Layer;
  const { layers, width: first } = front(data, preparation, activate, network);
  let width = first;
  for (const next of hidden) {
    layers.push(new Linear(width, next), activate);
    if (dropout > 0) layers.push(new Dropout(dropout));
    width = next;
  }
  return new Sequential(...layers, new Linear(width, data.classes?.length ?? 1));
}
