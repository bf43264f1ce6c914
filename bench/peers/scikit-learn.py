"""scikit-learn's MLPClassifier on f32: partial_fit is one epoch."""
import sys

sys.path.insert(0, sys.path[0] + "/support")
from serve import predictions, serve, training, unit  # noqa: E402

CLASSES = 10


def start():
    import sklearn
    from sklearn.neural_network import MLPClassifier

    return MLPClassifier, f"scikit-learn {sklearn.__version__} f32"


def mnist(job):
    import numpy

    MLPClassifier, name = start()
    x, y = unit(job.given["x"].reshape(-1, 784)), job.given["y"].astype(numpy.int64)
    classes = numpy.arange(CLASSES)
    net = MLPClassifier(
        hidden_layer_sizes=(50,), solver="sgd", alpha=job.alpha, batch_size=job.batch, learning_rate_init=job.rate,
        momentum=job.momentum, nesterovs_momentum=True, random_state=1,
    )

    def epoch(_):
        net.partial_fit(x, y, classes=classes)
        return float(net.loss_)

    return name, training(epoch)


def trained(job):
    """A classifier with the weights that were given."""
    import numpy

    MLPClassifier, name = start()
    net = MLPClassifier(hidden_layer_sizes=(50,), random_state=1)
    net.partial_fit(numpy.zeros((CLASSES, 784), numpy.float32), numpy.arange(CLASSES), classes=numpy.arange(CLASSES))
    net.coefs_ = [job.given["w1"], job.given["w2"]]
    net.intercepts_ = [job.given["b1"], job.given["b2"]]
    return name, net


def mlp(job):
    import numpy

    name, net = trained(job)
    x = job.given["x"]
    return name, predictions(lambda: net.predict_proba(x), numpy.log)


serve({"mnist": mnist, "predict-mlp": mlp, "start": mlp}, {"predict-mlp": "with softmax"})
