"""PyTorch on one thread: a loop of one's own with torch.optim.SGD."""
import sys

sys.path.insert(0, sys.path[0] + "/support")
from serve import ALPHA, BATCH, MOMENTUM, RATE, XOR_X, XOR_Y, read_data, serve  # noqa: E402

XOR_STEPS = 1000


def start():
    import torch

    torch.set_num_threads(1)
    torch.manual_seed(1)
    return torch, f"PyTorch {torch.__version__}"


def mnist():
    torch, name = start()
    nn = torch.nn
    x, y = (torch.from_numpy(array) for array in read_data())
    net = nn.Sequential(nn.Linear(784, 50), nn.ReLU(), nn.Linear(50, 10))
    for layer in (net[0], net[2]):
        nn.init.xavier_uniform_(layer.weight)
        nn.init.zeros_(layer.bias)
    groups = [
        {"params": [net[0].weight, net[2].weight], "weight_decay": ALPHA / BATCH},
        {"params": [net[0].bias, net[2].bias]},
    ]
    optimizer = torch.optim.SGD(groups, lr=RATE, momentum=MOMENTUM, nesterov=True)
    criterion = nn.CrossEntropyLoss()

    def epoch():
        order = torch.randperm(len(y))
        total = 0.0
        for at in range(0, len(y), BATCH):
            index = order[at : at + BATCH]
            optimizer.zero_grad()
            loss = criterion(net(x[index]), y[index])
            loss.backward()
            optimizer.step()
            total += loss.item() * len(index)
        return 1, total / len(y)

    return name, epoch


def xor():
    torch, name = start()
    nn = torch.nn
    x, y = torch.tensor(XOR_X, dtype=torch.float32), torch.tensor(XOR_Y, dtype=torch.float32)
    net = nn.Sequential(nn.Linear(2, 4), nn.Tanh(), nn.Linear(4, 1), nn.Sigmoid())
    optimizer = torch.optim.SGD(net.parameters(), lr=RATE)
    criterion = nn.MSELoss()

    def steps():
        for _ in range(XOR_STEPS):
            optimizer.zero_grad()
            loss = criterion(net(x), y)
            loss.backward()
            optimizer.step()
            last = loss.item()
        return XOR_STEPS, last

    return name, steps


serve({"mnist": mnist, "xor": xor})
