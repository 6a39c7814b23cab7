"""Held-out answers to question 12. Every note was written before its code."""

import numpy as np

from autograder.pages import held_out, right


@held_out("each_array_by_itself")
class layer_by_layer:
    """Note: clips the gradient of each layer by its norm."""

    def clip_global_norm(grads, max_norm):
        clipped, total = [], 0.0
        for g in grads:
            g = np.asarray(g, dtype=float)
            n = np.sqrt(np.sum(g * g))
            total += n**2
            clipped.append(g * min(1.0, max_norm / n) if n > 0 else g.copy())
        return clipped, float(np.sqrt(total))


@held_out("clipped_by_value")
class clip_every_entry:
    """Note: clipping is np.clip."""

    def clip_global_norm(grads, max_norm):
        arrays = [np.array(g, dtype=float) for g in grads]
        norm = np.sqrt(sum(float(np.sum(a**2)) for a in arrays))
        return [np.minimum(np.maximum(a, -max_norm), max_norm) for a in arrays], norm


@held_out("sum_of_norms")
class norms_add_up:
    """Note: the global norm is the sum of the norms."""

    def clip_global_norm(grads, max_norm):
        arrays = [np.array(g, dtype=float) for g in grads]
        norm = 0.0
        for a in arrays:
            norm += np.linalg.norm(a.ravel())
        if norm > max_norm:
            arrays = [a * (max_norm / norm) for a in arrays]
        return arrays, float(norm)


@held_out("sum_of_squares")
class root_forgotten:
    """Note: adds the squares and compares them with max_norm."""

    def clip_global_norm(grads, max_norm):
        total = float(sum((np.asarray(g, dtype=float) ** 2).sum() for g in grads))
        factor = 1.0 if total <= max_norm else max_norm / total
        return [np.asarray(g, dtype=float) * factor for g in grads], total


@held_out("largest_norm")
class longest_layer_decides:
    """Note: the norm of a list is the largest norm in it."""

    def clip_global_norm(grads, max_norm):
        arrays = [np.array(g, dtype=float) for g in grads]
        norm = max(np.linalg.norm(np.ravel(a)) for a in arrays)
        scale = min(1.0, max_norm / max(norm, 1e-300))
        return [scale * a for a in arrays], float(norm)


@held_out("always_rescaled")
class normalised_gradient:
    """Note: gives every gradient the length max_norm."""

    def clip_global_norm(grads, max_norm):
        flat = np.concatenate([np.asarray(g, dtype=float).reshape(-1) for g in grads])
        norm = np.linalg.norm(flat)
        return [np.asarray(g, dtype=float) * (max_norm / (norm + 1e-12)) for g in grads], float(
            norm
        )


@held_out("norm_afterwards")
class norm_of_the_result:
    """Note: computes the norm at the end, from what is returned."""

    def clip_global_norm(grads, max_norm):
        def length(arrays):
            return float(np.sqrt(sum(np.sum(np.square(a)) for a in arrays)))

        arrays = [np.array(g, dtype=float) for g in grads]
        before = length(arrays)
        if before > max_norm:
            arrays = [a * max_norm / before for a in arrays]
        return arrays, length(arrays)


@held_out("forward_instead_of_back")
class w_instead_of_its_transpose:
    """Note: multiplies by W in each step."""

    def bptt_norms(W, delta, T):
        d = np.asarray(delta, dtype=float)
        norms = []
        for _ in range(T + 1):
            norms.append(np.linalg.norm(d))
            d = np.dot(np.asarray(W, dtype=float), d)
        return np.array(norms)


@held_out("power_of_entries")
class star_star_t:
    """Note: (W^T)^t is W.T ** t."""

    def bptt_norms(W, delta, T):
        Wt, delta = np.asarray(W, dtype=float).T, np.asarray(delta, dtype=float)
        return np.array(
            [np.linalg.norm(delta)] + [np.linalg.norm(Wt**t @ delta) for t in range(1, T + 1)]
        )


@held_out("bound_by_the_2_norm")
class worst_case_each_step:
    """Note: each step multiplies the norm by the norm of W."""

    def bptt_norms(W, delta, T):
        sigma = np.sqrt(np.max(np.linalg.eigvalsh(np.asarray(W, float).T @ np.asarray(W, float))))
        start = np.linalg.norm(delta)
        return start * sigma ** np.arange(T + 1)


@held_out("two_norm")
class largest_stretch:
    """Note: the largest singular value tells how much W stretches."""

    def growth_rate(W):
        return float(np.linalg.svd(np.asarray(W, dtype=float), compute_uv=False).max())


@held_out("largest_eigenvalue")
class maximum_of_real_eigenvalues:
    """Note: the largest eigenvalue dominates."""

    def growth_rate(W):
        values = np.linalg.eigvals(np.asarray(W, dtype=float))
        return float(np.max(np.real(values)))


@held_out("as_if_symmetric")
class power_of_the_symmetric_part:
    """Note: eigvalsh is faster than eigvals and does the same."""

    def growth_rate(W):
        values, _ = np.linalg.eigh(np.asarray(W, dtype=float))
        return float(np.abs(values).max())


@held_out("sum_of_norms", "two_norm")
class sum_and_two_norm:
    """Note: adds norms up, and takes the 2-norm for the growth."""

    def clip_global_norm(grads, max_norm):
        arrays = [np.array(g, dtype=float) for g in grads]
        norm = sum(float(np.sqrt((a**2).sum())) for a in arrays)
        scale = min(1.0, max_norm / norm) if norm else 1.0
        return [a * scale for a in arrays], norm

    def growth_rate(W):
        return float(np.linalg.norm(np.asarray(W, dtype=float), ord=2))


@held_out(None)
class max_for_min:
    """Note: a slip, max(1, .) for min(1, .)."""

    def clip_global_norm(grads, max_norm):
        arrays = [np.array(g, dtype=float) for g in grads]
        norm = float(np.sqrt(sum(np.sum(a**2) for a in arrays)))
        scale = max(1.0, max_norm / (norm + 1e-6))
        return [a * scale for a in arrays], norm


@held_out(None)
class root_mean_square:
    """Note: takes the root of the mean of the squares for the norm."""

    def clip_global_norm(grads, max_norm):
        arrays = [np.array(g, dtype=float) for g in grads]
        flat = np.concatenate([a.ravel() for a in arrays])
        norm = float(np.sqrt(np.mean(flat**2)))
        scale = min(1.0, max_norm / (norm + 1e-12))
        return [a * scale for a in arrays], norm


@held_out(None)
class oldest_step_first:
    """Note: returns the norms in the order of time, so that the last one is t = 0."""

    def bptt_norms(W, delta, T):
        d = np.asarray(delta, dtype=float)
        norms = [np.linalg.norm(d)]
        for _ in range(T):
            d = np.asarray(W, dtype=float).T @ d
            norms.insert(0, np.linalg.norm(d))
        return np.array(norms)


@held_out(None)
class root_of_the_determinant:
    """Note: volumes grow by |det W|, so lengths by its n-th root."""

    def growth_rate(W):
        W = np.asarray(W, dtype=float)
        return float(abs(np.linalg.det(W)) ** (1 / len(W)))


@held_out(None)
class lyapunov_exponent:
    """Note: gives the rate as an exponent, the logarithm of the factor."""

    def growth_rate(W):
        return float(np.log(np.abs(np.linalg.eigvals(np.asarray(W, dtype=float))).max() + 1e-300))


@held_out(None)
class norm_of_t_only:
    """Note: computes the norm for t = T and repeats it."""

    def bptt_norms(W, delta, T):
        out = np.zeros(T + 1)
        out[:] = np.linalg.norm(
            np.linalg.matrix_power(np.asarray(W, float).T, T) @ np.asarray(delta, float)
        )
        return out


@held_out("root_of_a_power")
class definition_with_a_power:
    """Note: takes the root of the norm of W^200, which has not converged."""

    def growth_rate(W):
        W, t = np.asarray(W, dtype=float), 200
        return float(np.linalg.norm(np.linalg.matrix_power(W.T, t) @ np.ones(len(W))) ** (1 / t))


@held_out(None)
class pair_turned_round:
    """Note: returns the norm first, as torch's clip_grad_norm_ returns the norm."""

    def clip_global_norm(grads, max_norm):
        arrays = [np.array(g, dtype=float) for g in grads]
        norm = float(np.sqrt(sum(np.sum(a**2) for a in arrays)))
        scale = min(1.0, max_norm / (norm + 1e-6))
        return norm, [a * scale for a in arrays]


@held_out(None)
class clips_at_one:
    """Note: writes 1.0 for max_norm, the usual value."""

    def clip_global_norm(grads, max_norm):
        arrays = [np.array(g, dtype=float) for g in grads]
        norm = float(np.sqrt(sum(np.sum(a**2) for a in arrays)))
        return [a * min(1.0, 1.0 / (norm + 1e-6)) for a in arrays], norm


@held_out(None)
class never_below_one:
    """Note: a growth rate is at least 1."""

    def growth_rate(W):
        return max(1.0, float(np.abs(np.linalg.eigvals(np.asarray(W, dtype=float))).max()))


@right
class scale_as_in_pytorch:
    """Note: max_norm / (norm + 1e-6), capped at 1."""

    def clip_global_norm(grads, max_norm):
        arrays = [np.array(g, dtype=float) for g in grads]
        norm = np.linalg.norm([np.linalg.norm(np.ravel(a)) for a in arrays])
        coef = np.minimum(max_norm / (norm + 1e-6), 1.0)
        return [coef * a for a in arrays], norm


@right
class norm_with_loops:
    """Note: adds the squares one by one, scales only when needed."""

    def clip_global_norm(grads, max_norm):
        total = 0.0
        for g in grads:
            for v in np.asarray(g, dtype=float).flat:
                total += v * v
        norm = total**0.5
        s = max_norm / norm if norm > max_norm else 1.0
        return [np.array(np.multiply(g, s), dtype=float) for g in grads], norm


@right
class row_vector_times_w:
    """Note: delta as a row vector is multiplied by W from the right."""

    def bptt_norms(W, delta, T):
        row = np.array(delta, dtype=float)[None, :]
        out = np.empty(T + 1)
        for t in range(T + 1):
            out[t] = np.sqrt((row**2).sum())
            row = row @ np.asarray(W, dtype=float)
        return out


@right
class matrix_powers:
    """Note: matrix_power for each t."""

    def bptt_norms(W, delta, T):
        A = np.transpose(np.asarray(W, dtype=float))
        return [
            np.linalg.norm(np.linalg.matrix_power(A, t) @ np.asarray(delta, float))
            for t in range(T + 1)
        ]


@right
class eigenvalues_of_the_transpose:
    """Note: eig with vectors; modulus by real and imaginary part."""

    def growth_rate(W):
        values, _ = np.linalg.eig(np.asarray(W, dtype=float).T)
        return float(np.max(np.hypot(values.real, values.imag)))


@right
class gelfand_with_squaring:
    """Note: Gelfand's formula by repeated squaring, normalised on the way, to 2^40 steps."""

    def growth_rate(W):
        A, log = np.array(W, dtype=float), 0.0
        for _ in range(40):
            n = np.linalg.norm(A)
            if n == 0:
                return 0.0
            A, log = (A / n) @ (A / n), 2 * (log + np.log(n))
        return float(np.exp((log + np.log(np.linalg.norm(A))) / 2.0**40))
