/**
 * The article's scikit-learn program, line by line: docs/estimators.md shows both side by side.
 * node examples/mnist-sklearn.ts
 */
import { MLPClassifier, split } from "nabla";
import { mnist } from "nabla/datasets";

const { x, y } = await mnist();
const scaled = x.reshape([70_000, 784]).cast("f32").div(255);
const { train, test } = split({ x: scaled, y }, { train: 0.8, test: 0.2 });
const mlp = new MLPClassifier({ hiddenLayerSizes: [50], maxIter: 10, solver: "sgd", verbose: true, learningRateInit: 0.1 });
await mlp.fit(train.x, train.y);
console.log(`Training set score: ${mlp.score(train.x, train.y).toFixed(4)}`);
console.log(`Test set score: ${mlp.score(test.x, test.y).toFixed(4)}`);
