"""Held-out answers to question 8. Every note was written before its code."""

import numpy as np

from autograder.pages import held_out, right


@held_out("intercept_penalised")
class textbook_ridge:
    """Note: (A^T A + lam I)^-1 A^T y is the formula for ridge regression."""

    def ridge_fit(Phi, y, lam):
        A = np.asarray(Phi, dtype=float)
        big = np.vstack([A, np.sqrt(lam) * np.eye(A.shape[1])])
        rhs = np.append(np.asarray(y, dtype=float), np.zeros(A.shape[1]))
        return np.linalg.lstsq(big, rhs, rcond=None)[0]


@held_out("last_weight_spared")
class zero_in_the_last_corner:
    """Note: polynomials end with their constant, so the last diagonal entry is 0."""

    def ridge_fit(Phi, y, lam):
        A = np.asarray(Phi, dtype=float)
        D = np.diag([1.0] * (A.shape[1] - 1) + [0.0])
        return np.linalg.pinv(A.T.dot(A) + lam * D).dot(A.T).dot(np.asarray(y, dtype=float))


@held_out("lambda_times_n")
class mean_squared_residuals:
    """Note: the loss is a mean, so lam stands against the mean of the squares."""

    def ridge_fit(Phi, y, lam):
        A, t = np.array(Phi, dtype=float), np.array(y, dtype=float)
        n, p = A.shape
        R = lam * np.eye(p)
        R[0, 0] = 0
        return np.linalg.solve(np.dot(A.T, A) / n + R, np.dot(A.T, t) / n)


@held_out("lambda_ignored")
class least_squares_only:
    """Note: starts with lstsq and never adds the penalty."""

    def ridge_fit(Phi, y, lam=0.0):
        solution, _, _, _ = np.linalg.lstsq(
            np.asarray(Phi, float), np.asarray(y, float), rcond=None
        )
        return solution


@held_out("half_the_penalty")
class gradient_without_the_two:
    """Note: derivative of the squares has a 2, that of the penalty is taken without."""

    def ridge_fit(Phi, y, lam):
        A, t = np.asarray(Phi, dtype=float), np.asarray(y, dtype=float)
        mask = np.ones(A.shape[1])
        mask[0] = 0
        # 2 A^T (A w - t) + lam * mask * w = 0
        left = 2 * A.T @ A + np.diag(lam * mask)
        return np.linalg.solve(left, 2 * A.T @ t)


@held_out("descending_powers")
class like_vander:
    """Note: np.vander makes the powers."""

    def poly_features(x, deg):
        return np.vander(np.asarray(x, dtype=float), N=deg + 1)


@held_out("one_power_short")
class range_of_deg:
    """Note: loops over range(deg)."""

    def poly_features(x, deg):
        x = np.asarray(x, dtype=float)
        Phi = np.zeros((len(x), deg))
        for j in range(deg):
            for i in range(len(x)):
                Phi[i, j] = x[i] ** j
        return Phi


@held_out("chosen_by_training_error")
class smallest_training_error:
    """Note: the best model has the smallest error on the data it learns from."""

    def select_lambda(x_train, y_train, x_val, y_val, deg, lams):
        A, B = poly_features(x_train, deg), poly_features(x_val, deg)
        ws = [ridge_fit(A, y_train, l) for l in lams]
        tr = np.array([mse(A, w, y_train) for w in ws])
        va = np.array([mse(B, w, y_val) for w in ws])
        return sorted(zip(tr, lams))[0][1], tr, va


@held_out("chosen_by_the_gap")
class no_gap_no_overfitting:
    """Note: overfitting is the gap, so choose where it is smallest."""

    def select_lambda(x_train, y_train, x_val, y_val, deg, lams):
        tr, va = [], []
        for lam in lams:
            w = ridge_fit(poly_features(x_train, deg), y_train, lam)
            tr.append(mse(poly_features(x_train, deg), w, y_train))
            va.append(mse(poly_features(x_val, deg), w, y_val))
        gaps = [abs(v - t) for t, v in zip(tr, va)]
        return lams[gaps.index(min(gaps))], np.array(tr), np.array(va)


@held_out("index_of_lambda")
class position_of_the_best:
    """Note: argmin gives the best."""

    def select_lambda(x_train, y_train, x_val, y_val, deg, lams):
        errors = np.zeros((2, len(lams)))
        for k, lam in enumerate(lams):
            w = ridge_fit(poly_features(x_train, deg), y_train, lam)
            errors[0, k] = mse(poly_features(x_train, deg), w, y_train)
            errors[1, k] = mse(poly_features(x_val, deg), w, y_val)
        return int(np.argmin(errors[1])), errors[0], errors[1]


@held_out("train_error_of_all_samples")
class error_on_the_whole_set:
    """Note: the training error is the error on the training set, all of it."""

    def learning_curve(x_train, y_train, x_val, y_val, deg, sizes):
        P, Q = poly_features(x_train, deg), poly_features(x_val, deg)
        train, val = np.zeros(len(sizes)), np.zeros(len(sizes))
        for i, s in enumerate(sizes):
            w = ridge_fit(P[:s], np.asarray(y_train)[:s], 1e-8)
            train[i], val[i] = mse(P, w, y_train), mse(Q, w, y_val)
        return train, val


@held_out("validation_set_cut")
class cut_both_sets:
    """Note: training and validation set should have the same size."""

    def learning_curve(x_train, y_train, x_val, y_val, deg, sizes):
        pairs = []
        for s in sizes:
            P = poly_features(np.asarray(x_train)[:s], deg)
            Q = poly_features(np.asarray(x_val)[:s], deg)
            w = ridge_fit(P, np.asarray(y_train)[:s], 1e-8)
            pairs.append((mse(P, w, np.asarray(y_train)[:s]), mse(Q, w, np.asarray(y_val)[:s])))
        return np.array([a for a, _ in pairs]), np.array([b for _, b in pairs])


@held_out("index_of_lambda", "validation_set_cut")
class index_and_cut:
    """Note: returns the position of the best lam, and cuts the validation set to size."""

    def select_lambda(x_train, y_train, x_val, y_val, deg, lams):
        A, B = poly_features(x_train, deg), poly_features(x_val, deg)
        ws = [ridge_fit(A, y_train, l) for l in lams]
        tr, va = [mse(A, w, y_train) for w in ws], [mse(B, w, y_val) for w in ws]
        return va.index(min(va)), np.array(tr), np.array(va)

    def learning_curve(x_train, y_train, x_val, y_val, deg, sizes):
        A, B = poly_features(x_train, deg), poly_features(x_val, deg)
        yt, yv = np.asarray(y_train), np.asarray(y_val)
        tr, va = [], []
        for n in sizes:
            w = ridge_fit(A[:n, :], yt[:n], 1e-8)
            tr.append(mse(A[:n, :], w, yt[:n]))
            va.append(mse(B[:n, :], w, yv[:n]))
        return np.array(tr), np.array(va)


@held_out(None)
class fifty_steps_of_descent:
    """Note: does fifty steps of gradient descent and stops wherever it is then."""

    def ridge_fit(Phi, y, lam):
        A, t = np.asarray(Phi, dtype=float), np.asarray(y, dtype=float)
        w = np.zeros(A.shape[1])
        mask = np.r_[0.0, np.ones(A.shape[1] - 1)]
        step = 0.5 / (np.linalg.norm(A, 2) ** 2 + lam)
        for _ in range(50):
            w = w - step * (A.T @ (A @ w - t) + lam * mask * w)
        return w


@held_out(None)
class standardised_columns:
    """Note: scales the powers to mean 0 and deviation 1, since x^9 gets so large."""

    def poly_features(x, deg):
        x = np.asarray(x, dtype=float)
        P = np.stack([x**j for j in range(deg + 1)], axis=1)
        for j in range(1, deg + 1):
            P[:, j] = (P[:, j] - P[:, j].mean()) / (P[:, j].std() + 1e-12)
        return P


@held_out(None)
class root_mean_square:
    """Note: reports the root of the mse, which has the unit of y."""

    def learning_curve(x_train, y_train, x_val, y_val, deg, sizes):
        P, Q = poly_features(x_train, deg), poly_features(x_val, deg)
        y_train = np.asarray(y_train)
        train, val = [], []
        for s in sizes:
            w = ridge_fit(P[:s], y_train[:s], 1e-8)
            train.append(mse(P[:s], w, y_train[:s]) ** 0.5)
            val.append(mse(Q, w, y_val) ** 0.5)
        return np.array(train), np.array(val)


@held_out(None)
class last_samples:
    """Note: slices [-size:], the last samples."""

    def learning_curve(x_train, y_train, x_val, y_val, deg, sizes):
        P, Q = poly_features(x_train, deg), poly_features(x_val, deg)
        y_train = np.asarray(y_train)
        ws = [ridge_fit(P[-s:], y_train[-s:], 1e-8) for s in sizes]
        train = [mse(P[-s:], w, y_train[-s:]) for w, s in zip(ws, sizes)]
        return np.array(train), np.array([mse(Q, w, y_val) for w in ws])


@held_out(None)
class largest_validation_error:
    """Note: a typo, argmax for argmin."""

    def select_lambda(x_train, y_train, x_val, y_val, deg, lams):
        A, B = poly_features(x_train, deg), poly_features(x_val, deg)
        ws = [ridge_fit(A, y_train, l) for l in lams]
        tr = np.array([mse(A, w, y_train) for w in ws])
        va = np.array([mse(B, w, y_val) for w in ws])
        return lams[int(np.argmax(va))], tr, va


@held_out(None)
class jitter_on_the_diagonal:
    """Note: adds 1e-3 to the diagonal so that solve never fails."""

    def ridge_fit(Phi, y, lam):
        A = np.asarray(Phi, dtype=float)
        D = lam * np.eye(A.shape[1])
        D[0, 0] = 0
        return np.linalg.solve(
            A.T @ A + D + 1e-3 * np.eye(len(D)), A.T @ np.asarray(y, dtype=float)
        )


@held_out(None)
class small_lambda_of_his_own:
    """Note: takes 1e-4 for the lam of the learning curve."""

    def learning_curve(x_train, y_train, x_val, y_val, deg, sizes):
        P, Q = poly_features(x_train, deg), poly_features(x_val, deg)
        y_train = np.asarray(y_train)
        ws = [ridge_fit(P[:s], y_train[:s], 1e-4) for s in sizes]
        train = [mse(P[:s], w, y_train[:s]) for w, s in zip(ws, sizes)]
        return np.array(train), np.array([mse(Q, w, y_val) for w in ws])


@held_out(None)
class best_error_for_best_lambda:
    """Note: returns the smallest validation error, not the lam that reaches it."""

    def select_lambda(x_train, y_train, x_val, y_val, deg, lams):
        A, B = poly_features(x_train, deg), poly_features(x_val, deg)
        ws = [ridge_fit(A, y_train, l) for l in lams]
        tr = np.array([mse(A, w, y_train) for w in ws])
        va = np.array([mse(B, w, y_val) for w in ws])
        return float(va.min()), tr, va


@right
class powers_by_cumprod:
    """Note: multiplies column by column."""

    def poly_features(x, deg):
        x = np.asarray(x, dtype=float)
        cols = [np.ones_like(x)]
        while len(cols) <= deg:
            cols.append(cols[-1] * x)
        return np.column_stack(cols)


@right
class rows_of_penalty:
    """Note: the penalty as extra rows for lstsq."""

    def ridge_fit(Phi, y, lam):
        Phi, y = np.asarray(Phi, dtype=float), np.asarray(y, dtype=float)
        extra = np.sqrt(lam) * np.eye(Phi.shape[1])[1:]
        A = np.concatenate([Phi, extra], axis=0)
        t = np.concatenate([y, np.zeros(len(extra))])
        return np.linalg.lstsq(A, t, rcond=None)[0]


@right
class centred_ridge:
    """Note: centres the features and y, then restores the intercept."""

    def ridge_fit(Phi, y, lam):
        A, t = np.asarray(Phi, dtype=float)[:, 1:], np.asarray(y, dtype=float)
        mean_a, mean_t = A.mean(axis=0), t.mean()
        C = A - mean_a
        if A.shape[1] == 0:
            return np.array([mean_t])
        extra = np.vstack([C, np.sqrt(lam) * np.eye(A.shape[1])])
        v = np.linalg.lstsq(extra, np.r_[t - mean_t, np.zeros(A.shape[1])], rcond=None)[0]
        return np.r_[mean_t - mean_a @ v, v]


@right
class lists_and_min:
    """Note: plain lists, min with a key."""

    def select_lambda(x_train, y_train, x_val, y_val, deg, lams):
        train, val = {}, {}
        for i, lam in enumerate(lams):
            w = ridge_fit(poly_features(x_train, deg), y_train, lam)
            train[i] = mse(poly_features(x_train, deg), w, y_train)
            val[i] = mse(poly_features(x_val, deg), w, y_val)
        best = min(val, key=val.get)
        return lams[best], list(train.values()), list(val.values())


@right
class features_for_each_size:
    """Note: builds the features anew for every size."""

    def learning_curve(x_train, y_train, x_val, y_val, deg, sizes):
        out = []
        for s in sizes:
            xs, ys = list(x_train)[:s], list(y_train)[:s]
            w = ridge_fit(poly_features(xs, deg), ys, 1e-8)
            out.append(
                [mse(poly_features(xs, deg), w, ys), mse(poly_features(x_val, deg), w, y_val)]
            )
        train, val = np.array(out).T
        return train, val


@right
class normal_equations:
    """Note: the normal equations, as nearly everybody writes them."""

    def ridge_fit(Phi, y, lam):
        Phi, y = np.asarray(Phi, dtype=float), np.asarray(y, dtype=float)
        D = np.eye(Phi.shape[1])
        D[0, 0] = 0
        return np.linalg.solve(Phi.T @ Phi + lam * D, Phi.T @ y)


@right
class normal_equations_with_an_inverse:
    """Note: the same with inv and dot."""

    def ridge_fit(Phi, y, lam):
        A, y = np.asarray(Phi, dtype=float), np.asarray(y, dtype=float)
        R = np.diag([0.0] + [float(lam)] * (A.shape[1] - 1))
        return np.linalg.inv(A.T.dot(A) + R).dot(A.T).dot(y)


@right
class broadcast_powers:
    """Note: x to the power of a row of exponents."""

    def poly_features(x, deg):
        return np.asarray(x, dtype=float).reshape(-1, 1) ** np.arange(deg + 1)
