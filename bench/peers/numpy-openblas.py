"""numpy, whose products are OpenBLAS's."""
import sys

import numpy

sys.path.insert(0, sys.path[0] + "/support")
from serve import predictions, serve  # noqa: E402

NAME = f"numpy {numpy.__version__}"


def matmul(job):
    a, b = job.given["a"], job.given["b"]
    a, b = (a.T if job.transA else a), (b.T if job.transB else b)
    out = numpy.empty((a.shape[0], b.shape[1]), numpy.float32)
    return NAME, predictions(lambda: numpy.matmul(a, b, out=out), lambda product: product.sum(axis=1))


def mlp(job):
    x, w1, b1, w2, b2 = (job.given[name] for name in ("x", "w1", "b1", "w2", "b2"))

    def call():
        hidden = x @ w1
        hidden += b1
        numpy.maximum(hidden, 0, out=hidden)
        return hidden @ w2 + b2

    return NAME, predictions(call)


serve({"matmul": matmul, "predict-mlp": mlp, "start": mlp})
