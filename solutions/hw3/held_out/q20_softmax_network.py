"""Held-out answers to question 20. Every note was written before its code."""

import numpy as np

from autograder.pages import held_out, right


@held_out("labels_inside_the_log")
class logarithm_of_the_label:
    """Note: L = -log(y_k) is read as it stands."""

    def cross_entropy(Z2, Y):
        Y = np.asarray(Y, dtype=float)
        Z = np.asarray(Z2, dtype=float)
        P = np.exp(Z - np.logaddexp.reduce(Z, axis=0))
        return float(
            -np.sum(P * 0 + np.where(Y > 0, Y * np.log(np.where(Y > 0, Y, 1)), 0)) / Y.shape[1]
        )


@held_out("loss_summed")
class sum_over_samples:
    """Note: adds all entries of -Y log P."""

    def cross_entropy(Z2, Y):
        Z, Y = np.asarray(Z2, dtype=float), np.asarray(Y, dtype=float)
        total = 0.0
        for j in range(Z.shape[1]):
            log_sum = np.logaddexp.reduce(Z[:, j])
            total += Y[:, j] @ (log_sum - Z[:, j])
        return float(total)


@held_out("mean_over_classes_too")
class np_mean_of_everything:
    """Note: np.mean over the array of -Y log P."""

    def cross_entropy(Z2, Y):
        Z = np.asarray(Z2, dtype=float)
        top = Z.max(axis=0)
        log_p = Z - top - np.log(np.exp(Z - top).sum(axis=0))
        return float(np.mean(-np.asarray(Y, dtype=float) * log_p))


@held_out("hard_labels")
class class_numbers:
    """Note: picks the probability of the labelled class with argmax."""

    def cross_entropy(Z2, Y):
        Z = np.asarray(Z2, dtype=float)
        labels = np.asarray(Y).argmax(axis=0)
        picked = Z[labels, np.arange(Z.shape[1])]
        return float(np.mean(np.logaddexp.reduce(Z, axis=0) - picked))


@held_out("naive_logarithm")
class log_of_softmax:
    """Note: takes the logarithm of the softmax."""

    def cross_entropy(Z2, Y):
        Z = np.asarray(Z2, dtype=float)
        E = np.exp(Z - Z.max(axis=0, keepdims=True))
        P = E / E.sum(axis=0, keepdims=True)
        return float(-(np.asarray(Y, dtype=float) * np.log(P)).sum() / Z.shape[1])


@held_out("clipped_log")
class tiny_number_in_the_log:
    """Note: adds 1e-12 inside the log."""

    def cross_entropy(Z2, Y):
        P = softmax_columns(Z2) + 1e-12
        return -float(np.einsum("km,km->", np.asarray(Y, dtype=float), np.log(P)) / P.shape[1])


@held_out("unshifted_softmax")
class definition_of_softmax:
    """Note: exp over the sum of exp."""

    def softmax_columns(Z):
        columns = []
        for z in np.asarray(Z, dtype=float).T:
            e = np.exp(z)
            columns.append(e / np.sum(e))
        return np.array(columns).T


@held_out("softmax_of_the_rows")
class axis_one:
    """Note: normalises along axis 1, as in PyTorch."""

    def softmax_columns(Z):
        Z = np.asarray(Z, dtype=float)
        return np.exp(Z - np.logaddexp.reduce(Z, axis=1, keepdims=True))


@held_out("jacobian_is_diagonal")
class like_the_sigmoid:
    """Note: the derivative of p is p (1 - p)."""

    def softmax_jacobian(z):
        z = np.asarray(z, dtype=float)
        p = np.exp(z - np.logaddexp.reduce(z))
        J = np.zeros((len(p), len(p)))
        for i in range(len(p)):
            J[i, i] = p[i] * (1 - p[i])
        return J


@held_out("jacobian_negated")
class outer_minus_diagonal:
    """Note: mixes up which comes first, p p^T - diag(p)."""

    def softmax_jacobian(z):
        z = np.asarray(z, dtype=float)
        e = np.exp(z - max(z))
        p = e / sum(e)
        return np.outer(p, p) - np.diag(p)


@held_out("plain_relu")
class relu_forward:
    """Note: the hidden layer is a ReLU, alpha is read and not used."""

    def network_forward(P, X, alpha=0.01):
        W1, b1, W2, b2 = (np.asarray(P[k], dtype=float) for k in ("W1", "b1", "W2", "b2"))
        X = np.asarray(X, dtype=float)
        Z1 = W1 @ X + b1
        A1 = Z1 * (Z1 > 0)
        Z2 = W2 @ A1 + b2
        return softmax_columns(Z2), {
            "X": X,
            "Z1": Z1,
            "A1": A1,
            "Z2": Z2,
            "W2": W2,
            "slope": (Z1 > 0) * 1.0,
        }

    def network_backward(P, cache, Y):
        d2 = (softmax_columns(cache["Z2"]) - np.asarray(Y, float)) / np.shape(Y)[1]
        d1 = (cache["W2"].T @ d2) * cache["slope"]
        return {
            "W1": d1 @ cache["X"].T,
            "b1": d1.sum(1, keepdims=True),
            "W2": d2 @ cache["A1"].T,
            "b2": d2.sum(1, keepdims=True),
        }


@held_out("without_one_over_m")
class no_mean_backward:
    """Note: dZ2 = Yhat - Y, and the mean is forgotten."""

    def network_forward(P, X, alpha=0.01):
        X = np.array(X, dtype=float)
        Z1 = np.asarray(P["W1"], float) @ X + np.asarray(P["b1"], float)
        A1 = np.where(Z1 > 0, Z1, alpha * Z1)
        Z2 = np.asarray(P["W2"], float) @ A1 + np.asarray(P["b2"], float)
        Yhat = softmax_columns(Z2)
        return Yhat, dict(X=X, Z1=Z1, A1=A1, Z2=Z2, alpha=alpha)

    def network_backward(P, cache, Y):
        dZ2 = softmax_columns(cache["Z2"]) - np.asarray(Y, dtype=float)
        dA1 = np.asarray(P["W2"], float).T @ dZ2
        dZ1 = np.where(cache["Z1"] > 0, dA1, cache["alpha"] * dA1)
        grads = {}
        for layer, dZ, A in ((2, dZ2, cache["A1"]), (1, dZ1, cache["X"])):
            grads["W%d" % layer] = dZ @ A.T
            grads["b%d" % layer] = dZ.sum(axis=1, keepdims=True)
        return grads


@held_out("sign_flipped")
class y_minus_yhat:
    """Note: dZ2 = (Y - Yhat) / m."""

    def network_forward(P, X, alpha=0.01):
        X = np.array(X, dtype=float)
        Z1 = np.dot(P["W1"], X) + np.asarray(P["b1"])
        A1 = np.maximum(Z1, alpha * Z1)
        Z2 = np.dot(P["W2"], A1) + np.asarray(P["b2"])
        Yhat = softmax_columns(Z2)
        return Yhat, {"Z2": Z2, "all": (X, Z1, A1, Yhat, alpha)}

    def network_backward(P, cache, Y):
        X, Z1, A1, Yhat, alpha = cache["all"]
        Y = np.asarray(Y, dtype=float)
        m = Y.shape[1]
        dZ2 = (Y - Yhat) / m
        dZ1 = np.dot(np.transpose(P["W2"]), dZ2) * np.where(Z1 > 0, 1, alpha)
        return {
            "W2": np.dot(dZ2, A1.T),
            "b2": np.sum(dZ2, axis=1, keepdims=True),
            "W1": np.dot(dZ1, X.T),
            "b1": np.sum(dZ1, axis=1, keepdims=True),
        }


@held_out("activation_skipped")
class no_slope_on_the_way_back:
    """Note: sends dZ2 through W2^T and calls it dZ1."""

    def network_forward(P, X, alpha=0.01):
        X = np.array(X, dtype=float)
        Z1 = np.dot(P["W1"], X) + np.asarray(P["b1"])
        A1 = np.maximum(Z1, alpha * Z1)
        Z2 = np.dot(P["W2"], A1) + np.asarray(P["b2"])
        return softmax_columns(Z2), {"Z2": Z2, "A1": A1, "X": X}

    def network_backward(P, cache, Y):
        m = np.shape(Y)[1]
        dZ2 = softmax_columns(cache["Z2"]) / m - np.asarray(Y, dtype=float) / m
        dZ1 = np.einsum("ka,km->am", np.asarray(P["W2"], float), dZ2)
        ones = np.ones((m, 1))
        return {
            "W1": dZ1 @ cache["X"].T,
            "b1": dZ1 @ ones,
            "W2": dZ2 @ cache["A1"].T,
            "b2": dZ2 @ ones,
        }


@held_out("loss_summed", "jacobian_is_diagonal")
class sum_and_diagonal:
    """Note: adds the losses up, and has a diagonal Jacobian."""

    def cross_entropy(Z2, Y):
        Z = np.asarray(Z2, dtype=float)
        return float(np.sum(np.asarray(Y, float) * (np.logaddexp.reduce(Z, axis=0) - Z)))

    def softmax_jacobian(z):
        z = np.asarray(z, dtype=float)
        p = np.exp(z - z.max()) / np.exp(z - z.max()).sum()
        return np.diag(p - p**2)


@held_out(None)
class bias_of_the_output_forgotten:
    """Note: forgets b2 in the forward pass."""

    def network_forward(P, X, alpha=0.01):
        X = np.array(X, dtype=float)
        Z1 = np.dot(P["W1"], X) + np.asarray(P["b1"])
        A1 = np.maximum(Z1, alpha * Z1)
        Z2 = np.dot(P["W2"], A1)
        return softmax_columns(Z2), {"Z2": Z2, "A1": A1, "X": X, "Z1": Z1, "alpha": alpha}

    def network_backward(P, cache, Y):
        m = np.shape(Y)[1]
        dZ2 = (softmax_columns(cache["Z2"]) - np.asarray(Y, dtype=float)) / m
        dZ1 = (np.asarray(P["W2"], float).T @ dZ2) * np.where(cache["Z1"] > 0, 1.0, cache["alpha"])
        return {
            "W1": dZ1 @ cache["X"].T,
            "b1": dZ1.sum(1, keepdims=True),
            "W2": dZ2 @ cache["A1"].T,
            "b2": dZ2.sum(1, keepdims=True),
        }


@held_out(None)
class names_with_a_d:
    """Note: calls the gradients dW1, db1, dW2, db2."""

    def network_forward(P, X, alpha=0.01):
        X = np.array(X, dtype=float)
        Z1 = np.dot(P["W1"], X) + np.asarray(P["b1"])
        A1 = np.maximum(Z1, alpha * Z1)
        Z2 = np.dot(P["W2"], A1) + np.asarray(P["b2"])
        return softmax_columns(Z2), {"Z2": Z2, "A1": A1, "X": X, "Z1": Z1, "alpha": alpha}

    def network_backward(P, cache, Y):
        m = np.shape(Y)[1]
        dZ2 = (softmax_columns(cache["Z2"]) - np.asarray(Y, dtype=float)) / m
        dZ1 = (np.asarray(P["W2"], float).T @ dZ2) * np.where(cache["Z1"] > 0, 1.0, cache["alpha"])
        return {
            "dW1": dZ1 @ cache["X"].T,
            "db1": dZ1.sum(1, keepdims=True),
            "dW2": dZ2 @ cache["A1"].T,
            "db2": dZ2.sum(1, keepdims=True),
        }


@held_out(None)
class sigmoid_at_the_output:
    """Note: uses a sigmoid for each class in place of the softmax."""

    def softmax_columns(Z):
        return 0.5 * (1 + np.tanh(np.asarray(Z, dtype=float) / 2))


@held_out(None)
class loss_in_bits:
    """Note: logarithm to base 2."""

    def cross_entropy(Z2, Y):
        Z, Y = np.asarray(Z2, dtype=float), np.asarray(Y, dtype=float)
        nats = (np.logaddexp.reduce(Z, axis=0) * Y.sum(axis=0) - (Z * Y).sum(axis=0)).mean()
        return float(nats / np.log(2))


@held_out(None)
class squared_error_loss:
    """Note: measures half the squared distance of Yhat and Y."""

    def cross_entropy(Z2, Y):
        Z, Y = np.asarray(Z2, dtype=float), np.asarray(Y, dtype=float)
        Yhat = np.exp(Z - np.logaddexp.reduce(Z, axis=0))
        return float(0.5 * ((Yhat - Y) ** 2).sum() / Y.shape[1])


@held_out(None)
class jacobian_without_the_outer_part:
    """Note: diag(p), forgets to subtract p p^T."""

    def softmax_jacobian(z):
        z = np.asarray(z, dtype=float)
        return np.diag(np.exp(z - np.logaddexp.reduce(z)))


@held_out(None)
class smoothed_labels:
    """Note: smooths the labels by 0.1, as modern code does."""

    def cross_entropy(Z2, Y):
        Z, Y = np.asarray(Z2, dtype=float), np.asarray(Y, dtype=float)
        Y = 0.9 * Y + 0.1 / len(Y)
        return float(np.mean(np.sum(Y * (np.logaddexp.reduce(Z, axis=0) - Z), axis=0)))


@held_out(None)
class jacobian_without_shift:
    """Note: takes exp of z in the Jacobian, which overflows at 1000."""

    def softmax_jacobian(z):
        e = np.exp(np.asarray(z, dtype=float))
        p = e / e.sum()
        return np.diag(p) - np.outer(p, p)


@held_out(None)
class weight_decay_inside:
    """Note: adds 0.01 W to the gradients of the weights."""

    def network_forward(P, X, alpha=0.01):
        X = np.array(X, dtype=float)
        Z1 = np.dot(P["W1"], X) + np.asarray(P["b1"])
        A1 = np.maximum(Z1, alpha * Z1)
        Z2 = np.dot(P["W2"], A1) + np.asarray(P["b2"])
        return softmax_columns(Z2), {"Z2": Z2, "A1": A1, "X": X, "Z1": Z1, "alpha": alpha}

    def network_backward(P, cache, Y):
        W1, W2 = np.asarray(P["W1"], dtype=float), np.asarray(P["W2"], dtype=float)
        dZ2 = (softmax_columns(cache["Z2"]) - np.asarray(Y, dtype=float)) / np.shape(Y)[1]
        dZ1 = (W2.T @ dZ2) * np.where(cache["Z1"] > 0, 1.0, cache["alpha"])
        return {
            "W1": dZ1 @ cache["X"].T + 0.01 * W1,
            "b1": dZ1.sum(1, keepdims=True),
            "W2": dZ2 @ cache["A1"].T + 0.01 * W2,
            "b2": dZ2.sum(1, keepdims=True),
        }


@held_out(None)
class tanh_hidden_layer:
    """Note: uses tanh in the hidden layer, forward and backward."""

    def network_forward(P, X, alpha=0.01):
        X = np.array(X, dtype=float)
        A1 = np.tanh(np.dot(P["W1"], X) + np.asarray(P["b1"]))
        Z2 = np.dot(P["W2"], A1) + np.asarray(P["b2"])
        return softmax_columns(Z2), {"Z2": Z2, "A1": A1, "X": X}

    def network_backward(P, cache, Y):
        dZ2 = (softmax_columns(cache["Z2"]) - np.asarray(Y, dtype=float)) / np.shape(Y)[1]
        dZ1 = (np.asarray(P["W2"], dtype=float).T @ dZ2) * (1 - cache["A1"] ** 2)
        return {
            "W1": dZ1 @ cache["X"].T,
            "b1": dZ1.sum(1, keepdims=True),
            "W2": dZ2 @ cache["A1"].T,
            "b2": dZ2.sum(1, keepdims=True),
        }


@right
class softmax_through_log:
    """Note: exp of the log-softmax."""

    def softmax_columns(Z):
        Z = np.asarray(Z, dtype=float)
        return np.exp(Z - np.logaddexp.reduce(Z, axis=0, keepdims=True))


@right
class guarded_softmax:
    """Note: shifts by the maximum, and guards the sum with 1e-12 as always."""

    def softmax_columns(Z):
        Z = np.asarray(Z, dtype=float)
        E = np.exp(Z - np.max(Z, axis=0))
        return E / (np.sum(E, axis=0) + 1e-12)


@right
class guarded_softmax_1e8:
    """Note: the same with the larger guard 1e-8 that many write."""

    def softmax_columns(Z):
        Z = np.array(Z, dtype=float)
        E = np.exp(Z - Z.max(axis=0, keepdims=True))
        return E / (E.sum(axis=0, keepdims=True) + 1e-8)


@right
class kronecker_jacobian:
    """Note: p_i (delta_ij - p_j) by two loops."""

    def softmax_jacobian(z):
        z = [float(v) for v in z]
        e = [np.exp(v - max(z)) for v in z]
        p = [v / sum(e) for v in e]
        K = range(len(p))
        return np.array([[p[i] * ((i == j) - p[j]) for j in K] for i in K])


@right
class loss_by_loops:
    """Note: sample by sample, class by class."""

    def cross_entropy(Z2, Y):
        Z, Y = np.asarray(Z2, dtype=float), np.asarray(Y, dtype=float)
        K, m = Z.shape
        loss = 0.0
        for j in range(m):
            top = Z[:, j].max()
            log_sum = top + np.log(np.exp(Z[:, j] - top).sum())
            for k in range(K):
                loss += Y[k, j] * (log_sum - Z[k, j]) / m
        return loss


@right
class einsum_network:
    """Note: einsum in both directions, slopes kept in the cache."""

    def network_forward(P, X, alpha=0.01):
        P = {k: np.asarray(v, dtype=float) for k, v in P.items()}
        X = np.asarray(X, dtype=float).copy()
        Z1 = np.einsum("ad,dm->am", P["W1"], X) + P["b1"]
        slope = np.where(Z1 >= 0, 1.0, alpha)
        A1 = slope * Z1
        Z2 = np.einsum("ka,am->km", P["W2"], A1) + P["b2"]
        return softmax_columns(Z2), {"Z2": Z2, "tape": (X, slope, A1)}

    def network_backward(P, cache, Y):
        X, slope, A1 = cache["tape"]
        Y = np.asarray(Y, dtype=float)
        delta = (softmax_columns(cache["Z2"]) * Y.sum(axis=0) - Y) / Y.shape[1]
        back = slope * np.einsum("ka,km->am", np.asarray(P["W2"], dtype=float), delta)
        return {
            "W2": np.einsum("km,am->ka", delta, A1),
            "b2": np.einsum("km->k", delta)[:, None],
            "W1": np.einsum("am,dm->ad", back, X),
            "b1": np.einsum("am->a", back)[:, None],
        }
