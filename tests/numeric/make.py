"""Reference values of numpy and scipy for tests/numeric_spec.lua: python3 tests/numeric/make.py writes tests/numeric/values.npz.

Inputs are not kept: both sides draw them from one generator (splitmix64), seeded by the name of the function and the number of the case, which
decides shapes, values and options. Of a result one number is kept: its elements, weighted by cos(1), cos(2), ... (imaginary parts by sin), added up."""
import numpy as np, scipy.linalg, os, warnings

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


# ---- signals: the same as in tests/signal_spec.lua ----

from scipy import ndimage, signal


def series(d, least=30, most=120): return d.reals(d.whole(least, most))


@case
def fft(d):
    x, n = d.numbers(d.whole(1, 40)), d.whole(1, 40)
    m = d.reals(3, 4, 5)
    return np.fft.fft(x), np.fft.ifft(x, n), np.fft.fft(m, axis=1)


@case
def rfft(d):
    x, n = d.reals(d.whole(1, 40)), d.whole(1, 40)
    return np.fft.rfft(x), np.fft.rfft(x, n), np.fft.irfft(np.fft.rfft(x), len(x)), np.fft.irfft(x, n), np.fft.fftfreq(n, 0.1), np.fft.rfftfreq(n, 0.1)


def segment_options(d):
    nperseg = d.whole(8, 40)
    return dict(fs=1 + 9 * d(), nperseg=nperseg, noverlap=d.whole(0, nperseg - 1), window=["hann", "hamming", "blackman", "boxcar"][d.whole(0, 3)],
                detrend=["constant", "linear", False][d.whole(0, 2)], scaling=["density", "spectrum"][d.whole(0, 1)])


@case
def welch(d):
    x = series(d, 50, 150)
    return (*signal.welch(x, **segment_options(d)), *signal.welch(x, 3.0))


@case
def csd(d):
    n = d.whole(50, 150)
    x, y = d.reals(n), d.reals(n)
    return signal.csd(x, y, **segment_options(d))


@case
def coherence(d):
    n = d.whole(50, 150)
    return signal.coherence(d.reals(n), d.reals(n), fs=2, nperseg=d.whole(8, 20))


@case
def spectrogram(d):
    return signal.spectrogram(series(d, 50, 150), fs=1 + d(), nperseg=d.whole(8, 40))


@case
def convolve(d):
    a, b = d.reals(d.whole(1, 300)), d.reals(d.whole(1, 300))
    r = [signal.convolve(a, b), signal.convolve(a, b, "same"), signal.correlate(a, b), signal.correlate(a, b, "same")]
    return r + [signal.convolve(a, b, "valid")] if len(a) >= len(b) else r


@case
def autocorrelation(d):
    x = series(d)
    x = x - x.mean()
    c = np.correlate(x, x, "full")[len(x) - 1:]
    return c[:11] / c[0]


@case
def butter(d):
    order, kind = d.whole(1, 8), ["low", "high", "band", "stop"][d.whole(0, 3)]
    low = 0.1 + 0.3 * d()
    sos = signal.butter(order, low if kind in ("low", "high") else [low, low + 0.1 + 0.3 * d()], {"band": "bandpass", "stop": "bandstop"}.get(kind, kind), output="sos")
    x = d.reals(2, d.whole(60, 120))
    return signal.sosfilt(sos, x), signal.sosfiltfilt(sos, x)


@case
def cheby(d):
    order, kind = d.whole(1, 6), ["low", "high", "band", "stop"][d.whole(0, 3)]
    low, ripple = 0.1 + 0.3 * d(), 0.5 + 2 * d()
    edges = low if kind in ("low", "high") else [low, low + 0.1 + 0.3 * d()]
    kind = {"band": "bandpass", "stop": "bandstop"}.get(kind, kind)
    x = d.reals(2, d.whole(60, 120))
    return [signal.sosfilt(f(order, r, edges, kind, output="sos"), x) for f, r in ((signal.cheby1, ripple), (signal.cheby2, 20 * ripple))]


@case
def iirdesign(d):
    kind, low, gap = d.whole(0, 2), 0.2 + 0.3 * d(), 0.05 + 0.1 * d()
    p, s = [(low, low + gap), (low + gap, low), ([low, low + 0.2], [low - gap, low + 0.2 + gap])][kind]
    loss, attenuation = 0.5 + d(), 20 + 10 * d()
    x = d.reals(60)
    return [signal.sosfilt(signal.iirdesign(p, s, loss, attenuation, ftype=f, output="sos"), x) for f in ("butter", "cheby1", "cheby2", "ellip")]


@case
def ellip(d):
    order, kind = d.whole(1, 7), ["low", "high", "band", "stop"][d.whole(0, 3)]
    low, ripple = 0.1 + 0.3 * d(), 0.2 + 2 * d()
    edges = low if kind in ("low", "high") else [low, low + 0.1 + 0.3 * d()]
    attenuation = ripple + 10 + 50 * d()
    x = d.reals(2, d.whole(60, 120))
    return signal.sosfilt(signal.ellip(order, ripple, attenuation, edges, {"band": "bandpass", "stop": "bandstop"}.get(kind, kind), output="sos"), x)


@case
def bessel(d):
    order, kind = d.whole(1, 8), ["low", "high", "band", "stop"][d.whole(0, 3)]
    low, norm = 0.1 + 0.3 * d(), ["phase", "delay", "mag"][d.whole(0, 2)]
    edges = low if kind in ("low", "high") else [low, low + 0.1 + 0.3 * d()]
    x = d.reals(2, d.whole(60, 120))
    return signal.sosfilt(signal.bessel(order, edges, {"band": "bandpass", "stop": "bandstop"}.get(kind, kind), output="sos", norm=norm), x)


@case
def bandstop(d):
    """scipy looks for the edges to 1e-5."""
    low, gap, more = 0.2 + 0.1 * d(), 0.05 + 0.1 * d(), 0.1 * d()
    loss, attenuation = 0.5 + d(), 20 + 10 * d()
    x = d.reals(60)
    return [signal.sosfilt(signal.iirdesign([low, low + 0.25 + 2 * gap + more], [low + gap, low + 0.25 + gap], loss, attenuation, ftype=f, output="sos"), x)
            for f in ("butter", "cheby1", "cheby2", "ellip")]


@case
def firwin(d):
    n, kind = 2 * d.whole(1, 9) + 1, ["low", "high", "band", "stop"][d.whole(0, 3)]
    low = 0.1 + 0.3 * d()
    b = signal.firwin(n, low * 5 if kind in ("low", "high") else [low * 5, (low + 0.1 + 0.3 * d()) * 5], pass_zero={"low": "lowpass", "high": "highpass",
                      "band": "bandpass", "stop": "bandstop"}[kind], fs=10, window=["hamming", "hann", "blackman"][d.whole(0, 2)])
    x = d.reals(d.whole(60, 90), 2)
    return b, signal.lfilter(b, 1, x, axis=0), signal.filtfilt(b, 1, x, axis=0)


@case
def smooth(d):
    x, sigma, alpha = d.reals(2, d.whole(1, 40)), 0.2 + 4 * d(), 0.05 + 0.9 * d()
    return ndimage.gaussian_filter1d(x, sigma), signal.lfilter([alpha], [1, alpha - 1], x, zi=(1 - alpha) * x[:, :1])[0]


@case
def detrend(d):
    x = d.reals(3, d.whole(2, 40))
    return signal.detrend(x), signal.detrend(x, type="constant"), signal.detrend(x, axis=0)


@case
def hilbert(d): return signal.hilbert(d.reals(2, d.whole(1, 60)))


@case
def resample(d): return signal.resample(d.reals(d.whole(2, 60)), d.whole(1, 90))


@case
def interp(d):
    n = d.whole(1, 20)
    xp = np.cumsum(d.reals(n) + 1.01)
    return np.interp(d.reals(30) * 25 + 10, xp, d.reals(n)), np.interp(xp, xp, d.reals(n))


@case
def find_peaks(d):
    x = np.round(ndimage.gaussian_filter1d(series(d), 0.7) * [10, 1000000][d.whole(0, 1)])
    opt = [dict(), dict(height=0), dict(prominence=2), dict(threshold=1), dict(height=-5, prominence=1)][d.whole(0, 4)]
    peaks = signal.find_peaks(x, **opt)[0]
    y = d.reals(len(x))
    return peaks + 1, x[peaks], signal.peak_prominences(x, peaks)[0], signal.find_peaks(y, distance=1 + 6 * d())[0] + 1


@case
def histogram2d(d):
    n = d.whole(1, 100)
    x, y = d.reals(n), d.reals(n)
    return *np.histogram2d(x, y, d.whole(1, 6)), np.histogram2d(x, y, [[-0.5, 0, 0.25], d.whole(1, 5)])[0]


# ---- arrays: the same functions as in tests/array_math_spec.lua ----

def lines(d):
    """An array of one to three axes, and one of them."""
    shape = [d.whole(1, 5) for _ in range(d.whole(1, 3))]
    return d.reals(*shape), d.whole(1, len(shape)) - 1


def told(x): return np.where(np.isnan(x), 7, x)


@case
def gaps(d):
    a, axis = lines(d)
    a[d.reals(*a.shape) > 0.2] = np.nan
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return [told(r) for r in (
            np.nansum(a, axis), np.nanprod(a, axis), np.nanmean(a, axis), np.nanvar(a, axis), np.nanstd(a, axis, ddof=1), np.nanmin(a, axis), np.nanmax(a, axis),
            np.nanmedian(a, axis), np.nanquantile(a, [0.1, 0.6, 1], axis), np.nanmean(a), np.nanmedian(a), np.nanvar(a))]


@case
def windows(d):
    a, axis = lines(d)
    w = np.lib.stride_tricks.sliding_window_view(a, d.whole(1, a.shape[axis]), axis)
    return w.mean(-1), np.median(w, -1), w.std(-1), w.max(-1)


@case
def cumulative(d):
    a, axis = lines(d)
    return a.cumsum(axis), a.cumprod(axis), np.minimum.accumulate(a, axis), np.maximum.accumulate(a, axis)


values = {}
for name, f in cases.items():
    out = []
    for k in range(1, N_CASES + 1):
        r = f(Draw(name, k))
        out.append(checksum(*(r if isinstance(r, (tuple, list)) else (r,))))
    values[name] = np.array(out)
np.savez_compressed(os.path.join(os.path.dirname(__file__), "values.npz"), **values)
