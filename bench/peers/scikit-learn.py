"""scikit-learn's MLPClassifier on f32: partial_fit is one epoch."""
import sys

sys.path.insert(0, sys.path[0] + "/support")
from serve import ALPHA, BATCH, MOMENTUM, RATE, read_data, serve  # noqa: E402


def mnist():
    import numpy
    import sklearn
    from sklearn.neural_network import MLPClassifier

    x, y = read_data()
    classes = numpy.arange(10)
    net = MLPClassifier(
        hidden_layer_sizes=(50,), solver="sgd", alpha=ALPHA, batch_size=BATCH, learning_rate_init=RATE,
        momentum=MOMENTUM, nesterovs_momentum=True, random_state=1,
    )

    def epoch():
        net.partial_fit(x, y, classes=classes)
        return 1, net.loss_

    return f"scikit-learn {sklearn.__version__} f32", epoch


serve({"mnist": mnist})
