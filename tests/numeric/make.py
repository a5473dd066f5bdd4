"""Reference values of numpy and scipy for tests/numeric_spec.lua: python3 tests/numeric/make.py writes tests/numeric/values.npz.

Inputs are not kept: both sides draw them from one generator (splitmix64), seeded by the name of the function and the number of the case, which
decides shapes, values and options. Of a result one number is kept: its elements, weighted by cos(1), cos(2), ... (imaginary parts by sin), added up."""
import numpy as np, scipy.linalg, os, sys

N_CASES, MASK = 200, (1 << 64) - 1


class Draw:
    def __init__(self, name, case):
        h = 0
        for byte in name.encode():
            h = (h * 31 + byte) % 2**32
        self.state = (h << 16) + case

    def __call__(self):
        self.state = (self.state + 0x9E3779B97F4A7C15) & MASK
        z = self.state
        z = ((z ^ z >> 30) * 0xBF58476D1CE4E5B9) & MASK
        z = ((z ^ z >> 27) * 0x94D049BB133111EB) & MASK
        return ((z ^ z >> 31) >> 11) * 2.0**-53

    def whole(self, low, high):
        return low + int(self() * (high - low + 1))

    def reals(self, *shape):
        return np.array([2 * self() - 1 for _ in range(int(np.prod(shape)))]).reshape(shape)

    def numbers(self, *shape):
        """Real in two of three cases, else complex."""
        re = self.reals(*shape)
        return re + 1j * self.reals(*shape) if self() > 2 / 3 else re


def checksum(*results):
    flat = np.concatenate([np.ravel(np.asarray(r)).astype(complex) for r in results])
    k = np.arange(1, len(flat) + 1)
    return float(np.sum(flat.real * np.cos(k)) + np.sum(flat.imag * np.sin(k)))


cases = {}


def case(f):
    cases[f.__name__] = f
    return f


# ---- linear algebra: the same functions as in tests/numeric_spec.lua, line for line ----

def square(d, least=1, most=8):
    n = d.whole(least, most)
    return d.numbers(n, n)


def any_matrix(d):
    m, n = d.whole(1, 8), d.whole(1, 8)
    return d.numbers(m, n)


def hermitian(d):
    a = square(d)
    return a + a.conj().T


@case
def solve(d):
    a = square(d)
    k = d.whole(0, 3)
    return np.linalg.solve(a, d.reals(len(a)) if k == 0 else d.numbers(len(a), k))


@case
def inv(d): return np.linalg.inv(square(d))


@case
def det(d): return np.linalg.det(square(d))


@case
def stack(d):
    s, n = d.whole(1, 4), d.whole(1, 5)
    a = d.reals(s, n, n)
    return np.linalg.inv(a), np.linalg.det(a), np.linalg.solve(a, d.reals(s, n, 2))


@case
def lstsq(d):
    a = any_matrix(d)
    return np.linalg.lstsq(a, d.reals(len(a)), rcond=None)[0]


@case
def ridge(d):
    a = any_matrix(d)
    b, alpha = d.reals(len(a), 2), d() + 0.1
    return np.linalg.solve(a.conj().T @ a + alpha * np.eye(a.shape[1]), a.conj().T @ b)


@case
def cholesky(d):
    a = square(d)
    return np.linalg.cholesky(a @ a.conj().T + np.eye(len(a)))


@case
def qr(d):
    a = any_matrix(d)
    q, r = np.linalg.qr(a, "complete" if d() > 0.5 else "reduced")
    return abs(r), q @ r, q.shape


@case
def svd(d):
    a = any_matrix(d)
    full = d() > 0.5
    u, s, vh = np.linalg.svd(a, full)
    return s, u.shape, vh.shape


@case
def eig(d):
    w, v = np.linalg.eig(square(d))
    return np.sum(w), np.sum(abs(w)), np.sum(w.real**2), np.iscomplexobj(w)


@case
def eigh(d):
    a = hermitian(d)
    w, v = np.linalg.eigh(a)
    return w, (v * w) @ v.conj().T


@case
def pinv(d): return np.linalg.pinv(any_matrix(d))


@case
def expm(d):
    a = square(d)
    return scipy.linalg.expm(a * (10 ** (2 * d() - 1)))


@case
def norm(d):
    a = any_matrix(d)
    return [np.linalg.norm(a)] + [np.linalg.norm(a, o) for o in ("fro", "nuc", 1, -1, 2, -2, np.inf, -np.inf)] + \
        [np.linalg.norm(a[0], o) for o in (1, 2, 3, 0, np.inf, -np.inf)] + list(np.linalg.norm(a, axis=0))


@case
def rank(d):
    m, k, n = d.whole(1, 6), d.whole(1, 6), d.whole(1, 6)
    return np.linalg.matrix_rank(d.reals(m, k) @ d.reals(k, n))


@case
def matmul(d):
    m, k, n, s = d.whole(1, 60), d.whole(1, 60), d.whole(1, 60), d.whole(0, 2)
    if s == 0: return d.numbers(m, k) @ d.reals(k, n)
    if s == 1: return d.reals(k) @ d.numbers(n, k).T
    return d.reals(3, 1, m, 4) @ d.reals(2, 4, 3)


@case
def outer_kron(d):
    a, b = any_matrix(d), any_matrix(d)
    return np.outer(a, b), np.kron(a, b), np.kron(a[0], b[0])


@case
def cov(d):
    m, n = d.whole(1, 6), d.whole(3, 20)
    x = d.numbers(m, n)
    return np.cov(x), np.cov(x, ddof=0), np.cov(x.T, rowvar=False), np.cov(x, d.reals(2, n)), np.corrcoef(x)


@case
def pca(d):
    n, p = d.whole(3, 20), d.whole(1, 6)
    x = d.reals(n, p)
    c = x - x.mean(0)
    s = np.linalg.svd(c, full_matrices=False)[1]
    return x.mean(0), s**2 / (n - 1), np.trace(c @ c.T), s**2 / np.sum(s**2)


if os.path.exists(os.path.join(os.path.dirname(__file__), "signals.py")):
    sys.path.insert(0, os.path.dirname(__file__))
    import signals
    signals.add(case)

values = {}
for name, f in cases.items():
    out = []
    for k in range(1, N_CASES + 1):
        r = f(Draw(name, k))
        out.append(checksum(*(r if isinstance(r, (tuple, list)) else (r,))))
    values[name] = np.array(out)
np.savez_compressed(os.path.join(os.path.dirname(__file__), "values.npz"), **values)
