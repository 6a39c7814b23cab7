"""Held-out answers to question 15. Every note was written before its code."""

import numpy as np

from autograder.pages import held_out, right


@held_out("invariance_for_equivariance")
class compared_with_the_original:
    """Note: attention does not care for the order, so the output should stay the same."""

    def order_gap(f, X, perm):
        X = np.asarray(X)
        before = np.asarray(f(X))
        after = np.asarray(f(X[np.asarray(perm)]))
        return float(np.abs(before - after).max())


@held_out("inverse_on_the_output")
class unshuffles_the_output:
    """Note: shuffles in, and out with argsort, which undoes the shuffle."""

    def order_gap(f, X, perm):
        X, perm = np.asarray(X), np.asarray(perm)
        first = np.asarray(f(np.take(X, perm, axis=0)))
        second = np.take(np.asarray(f(X)), np.argsort(perm), axis=0)
        return float(np.max(np.abs(first - second)))


@held_out("mean_difference")
class average_gap:
    """Note: how far apart they are on average."""

    def order_gap(f, X, perm):
        perm = list(perm)
        gap = np.asarray(f(np.asarray(X)[perm])) - np.asarray(f(np.asarray(X)))[perm]
        return float(np.sum(np.abs(gap)) / gap.size)


@held_out("weights_for_each_step")
class lstm_grows_with_time:
    """Note: an unrolled LSTM has T copies of its cell."""

    def attention_lstm_params(d, h, T):
        cell = 4 * h * (d + h + 1)
        return {"lstm": T * cell, "attention": 3 * d * h}


@held_out("scores_as_parameters")
class attention_matrix_is_learned:
    """Note: the T x T weights of attention are learned too."""

    def attention_lstm_params(d, h, T):
        return {"lstm": 4 * (h * d + h * h + h), "attention": d * h + d * h + d * h + T**2}


@held_out("no_recurrent_weights")
class like_a_dense_layer:
    """Note: four gates, each a dense layer from d to h."""

    def attention_lstm_params(d, h, T):
        gate = d * h + h
        return dict(lstm=4 * gate, attention=3 * d * h)


@held_out("unscaled_scores")
class dot_product_attention:
    """Note: softmax(Q K^T) V."""

    def self_attention(X, Wq, Wk, Wv, mask=None):
        X = np.asarray(X, dtype=float)
        scores = np.einsum("td,dk,sk->ts", X, np.asarray(Wq, float), X @ np.asarray(Wk, float))
        if mask is not None:
            scores[~np.asarray(mask, dtype=bool)] = -np.inf
        e = np.exp(scores - scores.max(axis=1, keepdims=True))
        weights = e / e.sum(axis=1, keepdims=True)
        return weights @ (X @ np.asarray(Wv, float)), weights


@held_out("scaled_by_token_size")
class root_of_d:
    """Note: divides by the root of the model's dimension."""

    def self_attention(X, Wq, Wk, Wv, mask=None):
        X = np.asarray(X, dtype=float)
        T, d = X.shape
        Q, K, V = X.dot(Wq), X.dot(Wk), X.dot(Wv)
        A = np.zeros((T, T))
        for t in range(T):
            s = np.array([Q[t].dot(K[j]) / d**0.5 for j in range(T)])
            if mask is not None:
                s = np.where(np.asarray(mask)[t], s, -np.inf)
            A[t] = np.exp(s - s.max()) / np.exp(s - s.max()).sum()
        return A.dot(V), A


@held_out("mask_inverted")
class true_means_masked:
    """Note: a mask marks what is hidden."""

    def self_attention(X, Wq, Wk, Wv, mask=None):
        X = np.asarray(X, dtype=float)
        Q, K, V = X @ np.asarray(Wq), X @ np.asarray(Wk), X @ np.asarray(Wv)
        S = Q @ K.T / np.sqrt(np.shape(Wk)[1])
        if mask is not None:
            S = np.where(np.asarray(mask, dtype=bool), -np.inf, S)
        A = softmax(S, axis=1)
        return A @ V, A


@held_out("masked_after_softmax")
class zeroes_the_weights:
    """Note: hidden tokens get weight 0 by multiplication with the mask."""

    def self_attention(X, Wq, Wk, Wv, mask=None):
        X = np.asarray(X, dtype=float)
        q, k, v = (np.dot(X, M) for M in (Wq, Wk, Wv))
        A = softmax(np.dot(q, k.T) / k.shape[1] ** 0.5)
        if mask is not None:
            A = np.where(mask, A, 0.0)
        return np.dot(A, v), A


@held_out("softmax_over_columns")
class columns_sum_to_one:
    """Note: the softmax runs over axis 0."""

    def self_attention(X, Wq, Wk, Wv, mask=None):
        X = np.asarray(X, dtype=float)
        Q, K, V = X @ np.asarray(Wq), X @ np.asarray(Wk), X @ np.asarray(Wv)
        S = (Q @ K.T) / np.sqrt(K.shape[1])
        if mask is not None:
            S = S + np.where(np.asarray(mask, dtype=bool), 0, -np.inf)
        E = np.exp(S - S.max(axis=0))
        A = E / E.sum(axis=0)
        return A @ V, A


@held_out("no_maximum_subtracted")
class exp_over_sum:
    """Note: the definition, as it stands."""

    def softmax(x, axis=-1):
        e = np.exp(np.asarray(x, dtype=float))
        return e / np.expand_dims(e.sum(axis=axis), axis)


@held_out("order_of_pytorch")
class i_f_g_o:
    """Note: uses the order of torch.nn.LSTM."""

    def lstm_forward(X, Wx, Wh, b):
        X = np.asarray(X, dtype=float)
        H = np.shape(Wh)[0]
        sig = lambda t: 0.5 * (1 + np.tanh(t / 2))
        h, c = np.zeros(H), np.zeros(H)
        hs = []
        for x in X:
            i, f, g, o = np.split(x @ np.asarray(Wx) + h @ np.asarray(Wh) + np.asarray(b), 4)
            c = sig(f) * c + sig(i) * np.tanh(g)
            h = sig(o) * np.tanh(c)
            hs.append(h)
        return np.array(hs)


@held_out("memory_not_squashed")
class output_gate_times_cell:
    """Note: h = o * c."""

    def lstm_forward(X, Wx, Wh, b):
        X, Wx, Wh, b = (np.asarray(v, dtype=float) for v in (X, Wx, Wh, b))
        n = len(Wh)
        out = np.zeros((len(X), n))
        h = c = np.zeros(n)
        for t in range(len(X)):
            z = Wx.T @ X[t] + Wh.T @ h + b
            gates = 0.5 * (1 + np.tanh(z[: 3 * n] / 2))
            c = gates[n : 2 * n] * c + gates[:n] * np.tanh(z[3 * n :])
            h = gates[2 * n :] * c
            out[t] = h
        return out


@held_out("unscaled_scores", "no_recurrent_weights")
class unscaled_and_no_wh:
    """Note: forgets the root of dk, and the recurrent weights in the count."""

    def self_attention(X, Wq, Wk, Wv, mask=None):
        X = np.asarray(X, dtype=float)
        S = (X @ np.asarray(Wq)) @ (X @ np.asarray(Wk)).T
        if mask is not None:
            S = np.where(mask, S, -np.inf)
        A = softmax(S, axis=-1)
        return A @ (X @ np.asarray(Wv)), A

    def attention_lstm_params(d, h, T):
        return {"attention": 3 * d * h, "lstm": 4 * h * (d + 1)}


@held_out(None)
class weights_used_transposed:
    """Note: multiplies the values by A^T; the weights themselves are right."""

    def self_attention(X, Wq, Wk, Wv, mask=None):
        X = np.asarray(X, dtype=float)
        Q, K, V = X @ np.asarray(Wq), X @ np.asarray(Wk), X @ np.asarray(Wv)
        S = Q @ K.T / np.sqrt(K.shape[1])
        if mask is not None:
            S = np.where(mask, S, -np.inf)
        A = softmax(S)
        return A.T @ V, A


@held_out(None)
class log_softmax:
    """Note: returns the logarithm, as torch's log_softmax does."""

    def softmax(x, axis=-1):
        x = np.asarray(x, dtype=float)
        s = x - x.max(axis=axis, keepdims=True)
        return s - np.log(np.exp(s).sum(axis=axis, keepdims=True))


@held_out(None)
class forget_gate_plus_one:
    """Note: adds 1 to the forget gate, as good initialisations do."""

    def lstm_forward(X, Wx, Wh, b):
        X, Wx, Wh, b = (np.asarray(v, dtype=float) for v in (X, Wx, Wh, b))
        H = len(Wh)
        sig = lambda t: 0.5 * (1 + np.tanh(t / 2))
        h, c, rows = np.zeros(H), np.zeros(H), []
        for x in X:
            z = x @ Wx + h @ Wh + b
            c = sig(z[H : 2 * H] + 1) * c + sig(z[:H]) * np.tanh(z[3 * H :])
            h = sig(z[2 * H : 3 * H]) * np.tanh(c)
            rows.append(h)
        return np.array(rows)


@held_out(None)
class sigmoid_candidate:
    """Note: all four blocks go through the sigmoid."""

    def lstm_forward(X, Wx, Wh, b):
        X, Wx, Wh, b = (np.asarray(v, dtype=float) for v in (X, Wx, Wh, b))
        H = len(Wh)
        h, c, rows = np.zeros(H), np.zeros(H), []
        for x in X:
            i, f, o, g = (0.5 * (1 + np.tanh((x @ Wx + h @ Wh + b) / 2))).reshape(4, H)
            c = f * c + i * g
            h = o * np.tanh(c)
            rows.append(h)
        return np.array(rows)


@held_out(None)
class returns_the_memory:
    """Note: collects the cell states c in place of the hidden states."""

    def lstm_forward(X, Wx, Wh, b):
        X, Wx, Wh, b = (np.asarray(v, dtype=float) for v in (X, Wx, Wh, b))
        H = len(Wh)
        sig = lambda t: 0.5 * (1 + np.tanh(t / 2))
        h, c, rows = np.zeros(H), np.zeros(H), []
        for x in X:
            i, f, o, g = (x @ Wx + h @ Wh + b).reshape(4, H)
            c = sig(f) * c + sig(i) * np.tanh(g)
            h = sig(o) * np.tanh(c)
            rows.append(c)
        return np.array(rows)


@held_out(None)
class three_gates_of_a_gru:
    """Note: counts three blocks, as a GRU has."""

    def attention_lstm_params(d, h, T):
        return {"lstm": 3 * (d * h + h * h + h), "attention": 3 * d * h}


@held_out(None)
class scaled_by_value_length:
    """Note: takes the root of dv, the length of a value."""

    def self_attention(X, Wq, Wk, Wv, mask=None):
        X = np.asarray(X, dtype=float)
        Q, K, V = X @ np.asarray(Wq), X @ np.asarray(Wk), X @ np.asarray(Wv)
        S = Q @ K.T / np.sqrt(V.shape[1])
        if mask is not None:
            S = np.where(mask, S, -np.inf)
        A = softmax(S)
        return A @ V, A


@held_out(None)
class tokens_always_see_themselves:
    """Note: adds the diagonal to the mask so that no row is empty."""

    def self_attention(X, Wq, Wk, Wv, mask=None):
        X = np.asarray(X, dtype=float)
        Q, K, V = X @ np.asarray(Wq), X @ np.asarray(Wk), X @ np.asarray(Wv)
        S = Q @ K.T / np.sqrt(K.shape[1])
        if mask is not None:
            S = np.where(np.asarray(mask, bool) | np.eye(len(X), dtype=bool), S, -np.inf)
        A = softmax(S)
        return A @ V, A


@held_out(None)
class last_state_only:
    """Note: returns the last hidden state, which is what the classifier needs."""

    def lstm_forward(X, Wx, Wh, b):
        X, Wx, Wh, b = (np.asarray(v, dtype=float) for v in (X, Wx, Wh, b))
        H = len(Wh)
        sig = lambda t: 0.5 * (1 + np.tanh(t / 2))
        h, c = np.zeros(H), np.zeros(H)
        for x in X:
            i, f, o, g = (x @ Wx + h @ Wh + b).reshape(4, H)
            c = sig(f) * c + sig(i) * np.tanh(g)
            h = sig(o) * np.tanh(c)
        return h


@held_out(None)
class adds_up_all_differences:
    """Note: adds the absolute differences up."""

    def order_gap(f, X, perm):
        X = np.asarray(X)
        return float(np.abs(np.asarray(f(X[perm])) - np.asarray(f(X))[perm]).sum())


@right
class softmax_by_logsumexp:
    """Note: exp of x minus logaddexp over the axis."""

    def softmax(x, axis=-1):
        x = np.array(x, dtype=float)
        return np.exp(x - np.expand_dims(np.logaddexp.reduce(x, axis=axis), axis))


@right
class token_by_token:
    """Note: a loop over tokens, with only the visible ones in the softmax."""

    def self_attention(X, Wq, Wk, Wv, mask=None):
        X = np.asarray(X, dtype=float)
        Q, K, V = X @ np.asarray(Wq, float), X @ np.asarray(Wk, float), X @ np.asarray(Wv, float)
        T = len(X)
        A = np.zeros((T, T))
        for t in range(T):
            seen = np.arange(T) if mask is None else np.flatnonzero(np.asarray(mask)[t])
            if len(seen) == 0:
                continue
            s = K[seen] @ Q[t] / K.shape[1] ** 0.5
            e = np.exp(s - s.max())
            A[t, seen] = e / e.sum()
        return A @ V, A


@right
class lowest_float_as_mask:
    """Note: hidden scores get the lowest float; einsum everywhere; a guard in the sum."""

    def self_attention(X, Wq, Wk, Wv, mask=None):
        X = np.asarray(X, dtype=float)
        Q, K, V = (np.einsum("td,dk->tk", X, np.asarray(M, float)) for M in (Wq, Wk, Wv))
        S = np.einsum("tk,sk->ts", Q, K) * Q.shape[1] ** -0.5
        if mask is not None:
            S = np.where(np.asarray(mask, bool), S, np.finfo(float).min)
        S = S - S.max(axis=1, keepdims=True)
        E = np.exp(S)
        A = E / (E.sum(axis=1, keepdims=True) + 1e-12)
        return np.einsum("ts,sv->tv", A, V), A


@right
class one_matrix_for_x_and_h:
    """Note: x and h stacked, one product a step; gates by expit through tanh."""

    def lstm_forward(X, Wx, Wh, b):
        X = np.asarray(X, dtype=float)
        big = np.concatenate([np.asarray(Wx, float), np.asarray(Wh, float)])
        H = np.shape(Wh)[0]
        state = np.zeros((2, H))
        out = np.empty((len(X), H))
        for t, x in enumerate(X):
            z = np.concatenate([x, state[0]]) @ big + np.ravel(b)
            i, f, o = (np.exp(-np.logaddexp(0, -z[k * H : (k + 1) * H])) for k in range(3))
            c = f * state[1] + i * np.tanh(z[3 * H :])
            state = np.stack([o * np.tanh(c), c])
            out[t] = state[0]
        return out


@right
class columns_inside:
    """Note: works with columns inside and clips the argument of exp."""

    def lstm_forward(X, Wx, Wh, b):
        def sig(z):
            return 1 / (1 + np.exp(-np.clip(z, -500, 500)))

        Xc = np.asarray(X, dtype=float).T
        U, R = np.asarray(Wx, float).T, np.asarray(Wh, float).T
        bias = np.asarray(b, float).reshape(-1, 1)
        H = R.shape[1]
        h, c = np.zeros((H, 1)), np.zeros((H, 1))
        seen = []
        for t in range(Xc.shape[1]):
            z = U @ Xc[:, t : t + 1] + R @ h + bias
            i, f, o, g = sig(z[:H]), sig(z[H : 2 * H]), sig(z[2 * H : 3 * H]), np.tanh(z[3 * H :])
            c = f * c + i * g
            h = o * np.tanh(c)
            seen.append(h)
        return np.hstack(seen).T


@right
class gap_by_loops:
    """Note: row by row, and keeps the largest difference."""

    def order_gap(f, X, perm):
        X = np.asarray(X)
        shuffled = np.asarray(f(np.array([X[p] for p in perm])))
        plain = np.asarray(f(X.copy()))
        return max(float(np.max(np.abs(shuffled[k] - plain[p]))) for k, p in enumerate(perm))


@right
class guarded_softmax:
    """Note: shift by the maximum, 1e-8 in the denominator."""

    def softmax(x, axis=-1):
        x = np.asarray(x, dtype=float)
        e = np.exp(x - np.max(x, axis=axis, keepdims=True))
        return e / (np.sum(e, axis=axis, keepdims=True) + 1e-8)


@right
class minus_a_billion:
    """Note: masked_fill with -1e9, as in the tutorials."""

    def self_attention(X, Wq, Wk, Wv, mask=None):
        X = np.asarray(X, dtype=float)
        Q, K, V = X @ np.asarray(Wq, float), X @ np.asarray(Wk, float), X @ np.asarray(Wv, float)
        scores = Q @ K.T / np.sqrt(Q.shape[-1])
        if mask is not None:
            scores = np.where(mask, scores, -1e9)
        A = softmax(scores, axis=-1)
        return A @ V, A
