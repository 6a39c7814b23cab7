"""Held-out answers to question 4. Every note was written before its code."""

import numpy as np

from autograder.pages import held_out, right


@held_out("per_sample")
class layer_norm:
    """Note: normalises what one sample holds, the features of a column."""

    def bn_forward(X, gamma, beta, eps=1e-5):
        X = np.asarray(X, dtype=float)
        mu = np.mean(X, axis=0)
        std = np.sqrt(np.mean((X - mu) ** 2, axis=0) + eps)
        xn = (X - mu) / std
        return gamma * xn + beta, (xn, std, gamma)

    def bn_backward(dY, cache):
        xn, std, gamma = cache
        n = xn.shape[0]
        dxn = dY * gamma
        dX = (n * dxn - dxn.sum(0) - xn * (dxn * xn).sum(0)) / (n * std)
        return dX, (dY * xn).sum(axis=1, keepdims=True), np.sum(dY, axis=1, keepdims=True)


@held_out("whole_matrix")
class global_mean:
    """Note: X.mean() and X.std() of the batch, no axis."""

    def bn_forward(X, gamma, beta, eps=1e-5):
        X = np.array(X, dtype=float)
        avg, variance = X.mean(), X.var()
        s = np.sqrt(variance + eps)
        hat = (X - avg) / s
        return hat * gamma + beta, {"hat": hat, "s": s, "g": gamma}

    def bn_backward(dY, cache):
        hat, s, g = cache["hat"], cache["s"], cache["g"]
        dY = np.asarray(dY, dtype=float)
        db = dY.sum(axis=1, keepdims=True)
        dg = (dY * hat).sum(axis=1, keepdims=True)
        m = dY.shape[1]
        return g / s * (dY - db / m - hat * dg / m), dg, db


@held_out("not_centred")
class only_divides:
    """Note: normalising means unit variance, beta shifts anyway."""

    def bn_forward(X, gamma, beta, eps=1e-5):
        X = np.asarray(X, dtype=float)
        s = np.sqrt(np.var(X, axis=1, keepdims=True) + eps)
        hat = (X - X.mean(1, keepdims=True)) / s
        return np.asarray(gamma) * (X / s) + beta, (hat, s, np.asarray(gamma))

    def bn_backward(dY, cache):
        hat, s, g = cache
        dY = np.asarray(dY, dtype=float)
        d = dY * g
        dX = (d - d.mean(1, keepdims=True) - hat * (d * hat).mean(1, keepdims=True)) / s
        return dX, (dY * hat).sum(1, keepdims=True), dY.sum(1, keepdims=True)


@held_out("unbiased_variance")
class sample_variance:
    """Note: statistics teaches to divide by m - 1."""

    def bn_forward(X, gamma, beta, eps=1e-5):
        X = np.asarray(X, dtype=float)
        m = X.shape[1]
        mean = X.sum(axis=1, keepdims=True) / m
        var = ((X - mean) ** 2).sum(axis=1, keepdims=True) / (m - 1)
        s = np.sqrt(var + eps)
        hat = (X - mean) / s
        return hat * gamma + beta, (hat, s, np.asarray(gamma, dtype=float))

    def bn_backward(dY, cache):
        hat, s, g = cache
        dY = np.asarray(dY, dtype=float)
        m = dY.shape[1]
        dgamma = np.einsum("ij,ij->i", dY, hat)[:, None]
        dbeta = dY.sum(axis=1)[:, None]
        return g * (dY - dbeta / m - hat * dgamma / m) / s, dgamma, dbeta


@held_out("eps_outside_the_root")
class eps_added_to_std:
    """Note: eps is there against division by zero, so add it to the divisor."""

    def bn_forward(X, gamma, beta, eps=1e-5):
        X = np.asarray(X, dtype=float)
        c = X - X.mean(axis=1, keepdims=True)
        Y = gamma * c / (c.std(axis=1, keepdims=True) + eps) + beta
        return Y, (c, np.var(c, axis=1, keepdims=True) + eps, gamma)

    def bn_backward(dY, cache):
        c, v, gamma = cache
        hat = c / np.sqrt(v)
        t = np.asarray(dY) * gamma / np.sqrt(v)
        dX = t - t.mean(axis=1, keepdims=True) - hat * np.mean(t * hat, axis=1, keepdims=True)
        return dX, np.sum(dY * hat, axis=1, keepdims=True), np.sum(dY, 1, keepdims=True)


@held_out("constant_statistics")
class scale_only_backward:
    """Note: Y is a linear function of X with slope gamma / std."""

    def bn_forward(X, gamma, beta, eps=1e-5):
        X = np.asarray(X, dtype=float)
        inv = 1 / np.sqrt(X.var(axis=1, keepdims=True) + eps)
        hat = (X - X.mean(axis=1, keepdims=True)) * inv
        return gamma * hat + beta, (hat, inv * np.asarray(gamma))

    def bn_backward(dY, cache):
        hat, slope = cache
        dY = np.asarray(dY)
        return slope * dY, (hat * dY).sum(1).reshape(-1, 1), dY.sum(1).reshape(-1, 1)


@held_out("gradients_averaged")
class mean_of_the_gradients:
    """Note: a batch gradient is a mean over the samples."""

    def bn_forward(X, gamma, beta, eps=1e-5):
        X = np.asarray(X, dtype=float)
        s = np.sqrt(X.var(axis=1, keepdims=True) + eps)
        hat = (X - X.mean(axis=1, keepdims=True)) / s
        return gamma * hat + beta, [hat, np.asarray(gamma) / s]

    def bn_backward(dY, cache):
        hat, k = cache
        dY = np.asarray(dY, dtype=float)
        dgamma = np.mean(dY * hat, axis=1, keepdims=True)
        dbeta = np.mean(dY, axis=1, keepdims=True)
        return k * (dY - dbeta - hat * dgamma), dgamma, dbeta


@held_out("flat_gradients")
class vectors_for_gradients:
    """Note: gamma is a vector, so its gradient is one too."""

    def bn_forward(X, gamma, beta, eps=1e-5):
        X = np.asarray(X, dtype=float)
        s = np.sqrt(X.var(axis=1) + eps)
        hat = ((X.T - X.mean(axis=1)) / s).T
        return gamma * hat + beta, (hat, (np.ravel(gamma) / s)[:, np.newaxis])

    def bn_backward(dY, cache):
        hat, k = cache
        dgamma, dbeta = np.sum(dY * hat, axis=1), np.sum(dY, axis=1)
        m = hat.shape[1]
        dX = k * (dY - dbeta[:, None] / m - hat * dgamma[:, None] / m)
        return dX, dgamma, dbeta


@held_out("undone_by_the_variance")
class gamma_is_the_variance:
    """Note: normalising divides by the variance, so multiply by it."""

    def identity_params(X, eps=1e-5):
        X = np.asarray(X, dtype=float)
        mean = np.mean(X, axis=1).reshape(-1, 1)
        return np.mean((X - mean) ** 2, axis=1).reshape(-1, 1) + eps, mean


@held_out("undone_without_eps")
class gamma_is_the_std:
    """Note: eps is tiny, so gamma is the plain standard deviation."""

    def identity_params(X, eps=1e-5):
        rows = [np.array(row, dtype=float) for row in X]
        return np.array([[r.std()] for r in rows]), np.array([[r.mean()] for r in rows])


@held_out("batch_statistics_at_inference")
class same_as_training:
    """Note: calls the training function again."""

    def bn_inference(X, gamma, beta, running_mean, running_var, eps=1e-5):
        Y, _ = bn_forward(X, gamma, beta, eps)
        return Y


@held_out("undone_without_eps", "variance_without_a_root")
class std_and_running_var:
    """Note: ignores eps in gamma, and divides by running_var at inference."""

    def identity_params(X, eps=1e-5):
        X = np.asarray(X, float)
        return X.std(axis=1, keepdims=True), X.mean(axis=1, keepdims=True)

    def bn_inference(X, gamma, beta, running_mean, running_var, eps=1e-5):
        return gamma * ((X - running_mean) / (running_var + eps)) + beta


@held_out(None)
class divided_by_variance:
    """Note: forgot the root in the forward pass."""

    def bn_forward(X, gamma, beta, eps=1e-5):
        X = np.asarray(X, dtype=float)
        mean, var = X.mean(axis=1, keepdims=True), X.var(axis=1, keepdims=True)
        hat = (X - mean) / np.sqrt(var + eps)
        return gamma * (X - mean) / (var + eps) + beta, (hat, np.sqrt(var + eps), gamma)

    def bn_backward(dY, cache):
        hat, s, gamma = cache
        dg, db = (dY * hat).sum(1, keepdims=True), np.sum(dY, axis=1, keepdims=True)
        m = np.shape(dY)[1]
        return gamma / s * (dY - db / m - hat * dg / m), dg, db


@held_out(None)
class min_max_scaling:
    """Note: normalising means scaling to the interval from 0 to 1."""

    def bn_forward(X, gamma, beta, eps=1e-5):
        X = np.asarray(X, dtype=float)
        low, high = X.min(axis=1, keepdims=True), X.max(axis=1, keepdims=True)
        s = np.sqrt(X.var(axis=1, keepdims=True) + eps)
        hat = (X - X.mean(axis=1, keepdims=True)) / s
        return gamma * (X - low) / (high - low + eps) + beta, (hat, s, gamma)

    def bn_backward(dY, cache):
        hat, s, gamma = cache
        dg, db = (dY * hat).sum(1, keepdims=True), np.sum(dY, axis=1, keepdims=True)
        m = np.shape(dY)[1]
        return gamma / s * (dY - db / m - hat * dg / m), dg, db


@held_out(None)
class parameters_before_input:
    """Note: returns (dgamma, dbeta, dX), in the order in which they were computed."""

    def bn_forward(X, gamma, beta, eps=1e-5):
        X = np.asarray(X, dtype=float)
        s = np.sqrt(X.var(axis=1, keepdims=True) + eps)
        hat = (X - X.mean(axis=1, keepdims=True)) / s
        return gamma * hat + beta, (hat, s, gamma)

    def bn_backward(dY, cache):
        hat, s, gamma = cache
        m = np.shape(dY)[1]
        dgamma = np.sum(dY * hat, axis=1, keepdims=True)
        dbeta = np.sum(dY, axis=1, keepdims=True)
        dX = gamma / (m * s) * (m * np.asarray(dY) - dbeta - hat * dgamma)
        return dgamma, dbeta, dX


@held_out(None)
class m_times_too_large:
    """Note: forgot the 1/m in front of the bracket."""

    def bn_forward(X, gamma, beta, eps=1e-5):
        X = np.asarray(X, dtype=float)
        s = np.sqrt(X.var(axis=1, keepdims=True) + eps)
        hat = (X - X.mean(axis=1, keepdims=True)) / s
        return gamma * hat + beta, (hat, s, gamma)

    def bn_backward(dY, cache):
        hat, s, gamma = cache
        m = np.shape(dY)[1]
        dgamma = np.sum(dY * hat, axis=1, keepdims=True)
        dbeta = np.sum(dY, axis=1, keepdims=True)
        return (gamma / s) * (m * np.asarray(dY) - dbeta - hat * dgamma), dgamma, dbeta


@held_out(None)
class running_mean_is_updated:
    """Note: mixes a tenth of the batch's statistics in before normalising."""

    def bn_inference(X, gamma, beta, running_mean, running_var, eps=1e-5):
        X = np.asarray(X, dtype=float)
        mean = 0.9 * np.asarray(running_mean) + 0.1 * X.mean(axis=1, keepdims=True)
        var = 0.9 * np.asarray(running_var) + 0.1 * X.var(axis=1, keepdims=True)
        return gamma * (X - mean) / np.sqrt(var + eps) + beta


@held_out(None)
class values_recovered_from_the_output:
    """Note: saves memory: keeps Y and recovers the normalised values as (Y - beta) / gamma."""

    def bn_forward(X, gamma, beta, eps=1e-5):
        X, gamma, beta = (np.asarray(v, dtype=float) for v in (X, gamma, beta))
        s = np.sqrt(X.var(axis=1, keepdims=True) + eps)
        Y = gamma * (X - X.mean(axis=1, keepdims=True)) / s + beta
        return Y, (Y.copy(), gamma, beta, s)

    def bn_backward(dY, cache):
        Y, gamma, beta, s = cache
        hat = (Y - beta) / gamma
        dY = np.asarray(dY, dtype=float)
        m = dY.shape[1]
        dg, db = (dY * hat).sum(1, keepdims=True), dY.sum(1, keepdims=True)
        return gamma / s * (dY - db / m - hat * dg / m), dg, db


@held_out(None)
class usual_eps_in_the_inverse:
    """Note: writes 1e-5 into identity_params, the value that everybody uses."""

    def identity_params(X, eps=1e-5):
        X = np.asarray(X, dtype=float)
        return np.sqrt(X.var(axis=1, keepdims=True) + 1e-5), X.mean(axis=1, keepdims=True)


@held_out(None)
class usual_eps_at_inference:
    """Note: writes 1e-5 into bn_inference, the value that everybody uses."""

    def bn_inference(X, gamma, beta, running_mean, running_var, eps=1e-5):
        return (
            gamma * (np.asarray(X, float) - running_mean) / np.sqrt(np.asarray(running_var) + 1e-5)
            + beta
        )


@held_out(None)
class scale_never_negative:
    """Note: a scale is positive, so takes the modulus of gamma."""

    def bn_forward(X, gamma, beta, eps=1e-5):
        X, gamma = np.asarray(X, dtype=float), np.abs(np.asarray(gamma, dtype=float))
        s = np.sqrt(X.var(axis=1, keepdims=True) + eps)
        hat = (X - X.mean(axis=1, keepdims=True)) / s
        return gamma * hat + beta, (hat, gamma / s)

    def bn_backward(dY, cache):
        hat, k = cache
        dY = np.asarray(dY, dtype=float)
        dg, db = (dY * hat).sum(1, keepdims=True), dY.sum(1, keepdims=True)
        return k * (dY - db / dY.shape[1] - hat * dg / dY.shape[1]), dg, db


@right
class step_by_step:
    """Note: the backward pass through the graph, node by node."""

    def bn_forward(X, gamma, beta, eps=1e-5):
        X = np.array(X, dtype=float)
        m = X.shape[1]
        mu = X.sum(axis=1, keepdims=True) / m
        xmu = X - mu
        var = (xmu**2).sum(axis=1, keepdims=True) / m
        sqrtvar = (var + eps) ** 0.5
        ivar = 1.0 / sqrtvar
        xhat = xmu * ivar
        return np.array(gamma) * xhat + np.array(beta), (xhat, np.array(gamma), xmu, ivar, sqrtvar)

    def bn_backward(dY, cache):
        xhat, gamma, xmu, ivar, sqrtvar = cache
        dY = np.array(dY, dtype=float)
        n, m = dY.shape
        dbeta = dY.sum(axis=1, keepdims=True)
        dgamma = (dY * xhat).sum(axis=1, keepdims=True)
        dxhat = dY * gamma
        divar = (dxhat * xmu).sum(axis=1, keepdims=True)
        dvar = 0.5 * ivar * (-1.0 / sqrtvar**2 * divar)
        dxmu = dxhat * ivar + 2 * xmu * dvar * np.ones((n, m)) / m
        dmu = -dxmu.sum(axis=1, keepdims=True)
        return dxmu + np.ones((n, m)) * dmu / m, dgamma, dbeta


@right
class feature_by_feature:
    """Note: a loop over the features with the matrix of derivatives of one feature."""

    def bn_forward(X, gamma, beta, eps=1e-5):
        X = np.asarray(X, dtype=float)
        Y = np.empty(X.shape)
        hats, scales = [], []
        for i, row in enumerate(X):
            s = np.sqrt(row.var() + eps)
            hat = (row - row.mean()) / s
            Y[i] = float(np.ravel(gamma)[i]) * hat + float(np.ravel(beta)[i])
            hats.append(hat)
            scales.append(float(np.ravel(gamma)[i]) / s)
        return Y, {"hats": hats, "scales": scales}

    def bn_backward(dY, cache):
        dY = np.asarray(dY, dtype=float)
        n, m = dY.shape
        dX = np.zeros((n, m))
        dgamma, dbeta = np.zeros((n, 1)), np.zeros((n, 1))
        for i in range(n):
            hat = cache["hats"][i]
            jacobian = np.eye(m) - 1 / m - np.outer(hat, hat) / m
            dX[i] = cache["scales"][i] * jacobian @ dY[i]
            dgamma[i, 0], dbeta[i, 0] = hat @ dY[i], dY[i].sum()
        return dX, dgamma, dbeta


@right
class identity_by_norms:
    """Note: standard deviation through the norm of the centred rows."""

    def identity_params(X, eps=1e-5):
        X = np.asarray(X, dtype=float)
        beta = X @ np.ones((X.shape[1], 1)) / X.shape[1]
        square = np.linalg.norm(X - beta, axis=1, keepdims=True) ** 2 / X.shape[1]
        return np.sqrt(eps + square), beta


@right
class inference_as_one_affine_map:
    """Note: folds everything into a scale and a shift."""

    def bn_inference(X, gamma, beta, running_mean, running_var, eps=1e-5):
        scale = np.asarray(gamma, float) * np.power(np.asarray(running_var, float) + eps, -0.5)
        shift = np.asarray(beta, float) - scale * np.asarray(running_mean, float)
        return scale * np.asarray(X, float) + shift


@right
class compact_formula:
    """Note: the short formula of the backward pass, means instead of sums."""

    def bn_forward(X, gamma, beta, eps=1e-5):
        X = np.asarray(X, dtype=float)
        inv_std = (np.mean((X - X.mean(1, keepdims=True)) ** 2, 1, keepdims=True) + eps) ** -0.5
        hat = (X - X.mean(1, keepdims=True)) * inv_std
        return hat * gamma + beta, (hat, inv_std, np.array(gamma, dtype=float))

    def bn_backward(dY, cache):
        hat, inv_std, gamma = cache
        g = np.asarray(dY, dtype=float) * gamma
        dX = inv_std * (g - g.mean(1, keepdims=True) - hat * (g * hat).mean(1, keepdims=True))
        return (
            dX,
            np.einsum("ij,ij->i", dY, hat)[:, None],
            np.einsum("ij->i", np.asarray(dY, float))[:, None],
        )
