"""PyTorch on one thread: loops of one's own with torch.optim."""
import sys

sys.path.insert(0, sys.path[0] + "/support")
from serve import predictions, serve, training, unit  # noqa: E402


def start():
    import torch

    torch.set_num_threads(1)
    torch.manual_seed(1)
    return torch, f"PyTorch {torch.__version__}"


def put(torch, target, array):
    """Copies numbers into a parameter."""
    with torch.no_grad():
        target.copy_(torch.from_numpy(array))


def dense(torch, weight, bias):
    """A linear layer with the weights [in, out] that were given."""
    layer = torch.nn.Linear(*weight.shape)
    put(torch, layer.weight, weight.T)
    put(torch, layer.bias, bias)
    return layer


def filters(torch, weight, bias):
    """A convolution with the filters [kh, kw, in, out] that were given."""
    layer = torch.nn.Conv2d(weight.shape[2], weight.shape[3], weight.shape[:2])
    put(torch, layer.weight, weight.transpose(3, 2, 0, 1))
    put(torch, layer.bias, bias)
    return layer


def channels_first(weight, channels):
    """[h·w·c, out] as [c·h·w, out]: the dense layer behind a convolution."""
    pixels = weight.shape[0] // channels
    return weight.reshape(pixels, channels, -1).transpose(1, 0, 2).reshape(weight.shape)


def mlp_net(torch, given):
    return torch.nn.Sequential(dense(torch, given["w1"], given["b1"]), torch.nn.ReLU(), dense(torch, given["w2"], given["b2"]))


def cnn_net(torch, given, drop):
    nn = torch.nn
    return nn.Sequential(
        filters(torch, given["w1"], given["b1"]), nn.ReLU(), nn.MaxPool2d(2),
        filters(torch, given["w2"], given["b2"]), nn.ReLU(), nn.MaxPool2d(2),
        nn.Flatten(), nn.Dropout(drop), dense(torch, channels_first(given["w3"], 64), given["b3"]),
    )


def mnist(job):
    torch, name = start()
    x, y = torch.from_numpy(unit(job.given["x"].reshape(-1, 784))), torch.from_numpy(job.given["y"]).long()
    net = mlp_net(torch, job.given)
    groups = [
        {"params": [net[0].weight, net[2].weight], "weight_decay": job.alpha / job.batch},
        {"params": [net[0].bias, net[2].bias]},
    ]
    optimizer = torch.optim.SGD(groups, lr=job.rate, momentum=job.momentum, nesterov=True)
    criterion = torch.nn.CrossEntropyLoss()

    def epoch(_):
        order = torch.randperm(len(y))
        total = 0.0
        for at in range(0, len(y), job.batch):
            index = order[at : at + job.batch]
            optimizer.zero_grad()
            loss = criterion(net(x[index]), y[index])
            loss.backward()
            optimizer.step()
            total += loss.item() * len(index)
        return total / len(y)

    return name, training(epoch)


def stepping(optimizer, loss_of):
    """A round of training: the loss of the step with that number, forward and backward, then an update."""

    def step(number):
        optimizer.zero_grad()
        loss = loss_of(number)
        loss.backward()
        optimizer.step()
        return loss.item()

    return training(step)


def adam(torch, parameters, job):
    return torch.optim.Adam(parameters, lr=job.rate, betas=(job.beta1, job.beta2), eps=job.eps)


def xor(job):
    torch, name = start()
    nn = torch.nn
    given = job.given
    x, y = torch.from_numpy(given["x"]), torch.from_numpy(given["y"])
    net = nn.Sequential(dense(torch, given["w1"], given["b1"]), nn.Tanh(), dense(torch, given["w2"], given["b2"]), nn.Sigmoid())
    criterion = nn.MSELoss()
    return name, stepping(torch.optim.SGD(net.parameters(), lr=job.rate), lambda _: criterion(net(x), y))


def cnn(job):
    torch, name = start()
    given = job.given
    x = torch.from_numpy(unit(given["x"].transpose(0, 3, 1, 2))).split(job.batch)
    y = torch.from_numpy(given["y"]).long().split(job.batch)
    net = cnn_net(torch, given, job.drop)
    criterion = torch.nn.CrossEntropyLoss()
    return name, stepping(
        adam(torch, net.parameters(), job), lambda number: criterion(net(x[number % len(x)]), y[number % len(y)])
    )


def lstm(job):
    torch, name = start()
    nn = torch.nn
    given = job.given
    x, y = torch.from_numpy(given["x"]), torch.from_numpy(given["y"]).long()
    cells = nn.LSTM(x.shape[2], given["wh"].shape[0], batch_first=True)
    for target, source in (("weight_ih_l0", given["wx"].T), ("weight_hh_l0", given["wh"].T), ("bias_ih_l0", given["bx"]), ("bias_hh_l0", given["bh"])):
        put(torch, getattr(cells, target), source)
    head = dense(torch, given["w"], given["b"])
    criterion = nn.CrossEntropyLoss()
    parameters = [*cells.parameters(), *head.parameters()]
    return name, stepping(adam(torch, parameters, job), lambda _: criterion(head(cells(x)[0][:, -1]), y))


def transformer(job):
    torch, name = start()
    nn = torch.nn
    given = job.given
    x, y = torch.from_numpy(given["x"]), torch.from_numpy(given["y"])
    block = nn.TransformerEncoderLayer(x.shape[2], job.heads, given["w1"].shape[1], dropout=0.0, batch_first=True)
    put(torch, block.self_attn.in_proj_weight, given["wi"].T)
    put(torch, block.self_attn.in_proj_bias, given["bi"])
    for layer, weight, bias in ((block.self_attn.out_proj, "wo", "bo"), (block.linear1, "w1", "b1"), (block.linear2, "w2", "b2")):
        put(torch, layer.weight, given[weight].T)
        put(torch, layer.bias, given[bias])
    for norm, weight, bias in ((block.norm1, "g1", "h1"), (block.norm2, "g2", "h2")):
        put(torch, norm.weight, given[weight])
        put(torch, norm.bias, given[bias])
    criterion = nn.MSELoss()
    return name, stepping(adam(torch, block.parameters(), job), lambda _: criterion(block(x), y))


def predict(net_of, layout):
    """Predictions of a net for the images that were given, numbers in and numbers out."""

    def prepare(job):
        torch, name = start()
        net = net_of(torch, job.given).eval()
        x = layout(job.given["x"])

        def call():
            with torch.inference_mode():
                return net(torch.from_numpy(x)).numpy()

        return name, predictions(call)

    return prepare


mlp = predict(mlp_net, lambda x: x)
serve({
    "mnist": mnist, "xor": xor, "cnn": cnn, "lstm": lstm, "transformer": transformer, "predict-mlp": mlp, "start": mlp,
    "predict-cnn": predict(lambda torch, given: cnn_net(torch, given, 0.5), lambda x: x.reshape(-1, 1, 28, 28)),
})
