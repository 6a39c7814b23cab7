"""Held-out answers to question 11. Every note was written before its code."""

import numpy as np

from autograder.pages import held_out, right


@held_out("l1_jumps_across_zero")
class one_subgradient_step:
    """Note: goes a step of length lam against the sign, which may pass 0."""

    def l1_shrink(w, lam):
        w = np.asarray(w, dtype=float)
        return np.where(w > 0, w - lam, np.where(w < 0, w + lam, 0.0))


@held_out("l1_hard_threshold")
class keeps_the_large_ones:
    """Note: L1 selects: what is large stays, what is small goes."""

    def l1_shrink(w, lam):
        w = np.asarray(w, dtype=float)
        return w * (np.abs(w) > lam)


@held_out("l1_one_sided")
class relu_of_w_minus_lam:
    """Note: soft thresholding is max(w - lam, 0)."""

    def l1_shrink(w, lam):
        return np.clip(np.asarray(w, dtype=float) - lam, 0.0, None)


@held_out("l1_only_scales")
class both_divide:
    """Note: regularisation makes weights smaller by a factor, L1 too."""

    def l1_shrink(w, lam):
        factor = 1.0 / (1.0 + lam)
        return factor * np.asarray(w, dtype=float)


@held_out("l2_with_threshold")
class zeros_for_l2:
    """Note: L2 also sets small weights to 0."""

    def l2_shrink(w, lam):
        w = np.asarray(w, dtype=float)
        shrunk = w / (1 + lam)
        shrunk[np.abs(w) <= lam] = 0
        return shrunk


@held_out("l2_factor_two")
class derivative_of_the_square:
    """Note: the derivative of lam u^2 is 2 lam u, the half in front got lost."""

    def l2_shrink(w, lam):
        return np.true_divide(w, 2 * lam + 1)


@held_out("l2_weight_decay_step")
class decays_by_lam:
    """Note: weight decay: w - lam w."""

    def l2_shrink(w, lam):
        w = np.asarray(w, dtype=float)
        return w - lam * w


@held_out("l1_and_l2_swapped")
class exchanged_names:
    """Note: thinks that L1 is the one that scales and L2 the one that cuts off."""

    def l1_shrink(w, lam):
        return np.divide(w, 1 + lam)

    def l2_shrink(w, lam):
        w = np.asarray(w, dtype=float)
        return w - np.clip(w, -lam, lam)


@held_out("divided_by_p_drop")
class scales_by_p:
    """Note: inverted dropout divides by p."""

    def inverted_dropout(a, p_drop, rng, train=True):
        a = np.asarray(a, dtype=float)
        if not train or p_drop == 0:
            return a.copy(), np.ones(a.shape)
        mask = (rng.random(a.shape) > p_drop).astype(float) / p_drop
        return a * mask, mask


@held_out("not_scaled")
class plain_dropout:
    """Note: dropout multiplies by zeros and ones."""

    def inverted_dropout(a, p_drop, rng, train=True):
        a = np.asarray(a, dtype=float)
        mask = np.ones(a.shape)
        if train:
            mask = rng.binomial(1, 1 - p_drop, size=a.shape).astype(float)
        return a * mask, mask


@held_out("dropped_at_test_time")
class train_is_not_used:
    """Note: overlooks the argument train."""

    def inverted_dropout(a, p_drop, rng, train=True):
        a = np.asarray(a, dtype=float)
        q = 1 - p_drop
        mask = rng.binomial(1, q, a.shape) / q
        return a * mask, mask


@held_out("looks_into_the_future")
class argmin_of_all:
    """Note: the best epoch is the argmin of the curve."""

    def early_stopping(losses, patience):
        best = losses.index(min(losses))
        seen = 0
        for t in range(len(losses)):
            if losses[t] < losses[seen]:
                seen = t
            if t - seen >= patience:
                return best, t
        return best, len(losses) - 1


@held_out("one_epoch_late")
class waits_longer_than_patience:
    """Note: stops when the patience is exceeded."""

    def early_stopping(losses, patience):
        best, waited = 0, 0
        for t, loss in enumerate(losses):
            if loss < losses[best]:
                best, waited = t, 0
            elif t > 0:
                waited += 1
            if waited > patience:
                return best, t
        return best, len(losses) - 1


@held_out("ties_improve")
class no_worse_is_progress:
    """Note: as long as it does not get worse it is progress."""

    def early_stopping(losses, patience):
        record, best = float("inf"), 0
        for t in range(len(losses)):
            if not losses[t] > record:
                record, best = losses[t], t
            elif t - best >= patience:
                return best, t
        return best, len(losses) - 1


@held_out("counts_rises_in_a_row")
class consecutive_rises:
    """Note: patience counts epochs in which the loss went up, one after another."""

    def early_stopping(losses, patience):
        best, rises = 0, 0
        for t in range(1, len(losses)):
            rises = rises + 1 if losses[t] >= losses[t - 1] else 0
            if losses[t] < losses[best]:
                best = t
            if rises == patience:
                return best, t
        return best, len(losses) - 1


@held_out("l2_factor_two", "one_epoch_late")
class two_lam_and_late:
    """Note: 1 + 2 lam for L2, and patience must be exceeded."""

    def l2_shrink(w, lam):
        return np.asarray(w, dtype=float) / (1 + lam + lam)

    def early_stopping(losses, patience):
        best = 0
        for t in range(len(losses)):
            best = t if losses[t] < losses[best] else best
            if t - best == patience + 1:
                return best, t
        return best, len(losses) - 1


@held_out(None)
class sign_gets_lost:
    """Note: shrinks the modulus and forgets to give the sign back."""

    def l1_shrink(w, lam):
        return np.maximum(np.abs(np.asarray(w, dtype=float)) - lam, 0)


@held_out(None)
class root_of_the_factor:
    """Note: thinks that the norm, not its square, shrinks by 1 + lam."""

    def l2_shrink(w, lam):
        return np.asarray(w, dtype=float) / np.sqrt(1 + lam)


@held_out(None)
class multiplied_instead_of_divided:
    """Note: scales what is kept by 1 - p, in place of its inverse."""

    def inverted_dropout(a, p_drop, rng, train=True):
        a = np.asarray(a, dtype=float)
        if not train:
            return a.copy(), np.ones(a.shape)
        mask = (rng.random(a.shape) >= p_drop) * (1 - p_drop)
        return a * mask, mask


@held_out(None)
class gaussian_dropout:
    """Note: takes the variant with Gaussian noise around 1."""

    def inverted_dropout(a, p_drop, rng, train=True):
        a = np.asarray(a, dtype=float)
        if not train:
            return a.copy(), np.ones(a.shape)
        mask = rng.normal(1.0, np.sqrt(p_drop / (1 - p_drop)), a.shape)
        return a * mask, mask


@held_out(None)
class best_loss_instead_of_epoch:
    """Note: returns the lowest loss, not the epoch in which it was reached."""

    def early_stopping(losses, patience):
        best = 0
        for t in range(len(losses)):
            if losses[t] < losses[best]:
                best = t
            if t - best >= patience:
                return losses[best], t
        return losses[best], len(losses) - 1


@held_out(None)
class epochs_from_one:
    """Note: counts epochs from 1."""

    def early_stopping(losses, patience):
        best = 0
        for t in range(len(losses)):
            if losses[t] < losses[best]:
                best = t
            if t - best >= patience:
                break
        return best + 1, t + 1


@held_out(None)
class columns_dropped:
    """Note: draws one number for each column, so that a whole column is kept or dropped."""

    def inverted_dropout(a, p_drop, rng, train=True):
        a = np.asarray(a, dtype=float)
        if not train:
            return a.copy(), np.ones(a.shape)
        column = (rng.random(a.shape[-1:]) >= p_drop) / (1 - p_drop)
        mask = np.ones(a.shape) * column
        return a * mask, mask


@held_out("itself_at_test_time")
class itself_at_test_time:
    """Note: hands back the very array a when not training."""

    def inverted_dropout(a, p_drop, rng, train=True):
        if not train:
            return a, np.ones(np.shape(a))
        a = np.asarray(a, dtype=float)
        mask = (rng.random(a.shape) >= p_drop) / (1 - p_drop)
        return a * mask, mask


@held_out(None)
class zero_stays_for_zero:
    """Note: keeps weights within 1e-3 of zero out as well, since they are as good as zero."""

    def l2_shrink(w, lam):
        u = np.asarray(w, dtype=float) / (1 + lam)
        return np.where(np.abs(u) < 1e-3, 0.0, u)


@held_out(None)
class patience_of_the_last_improvement:
    """Note: stops only at the end of each block of `patience` epochs."""

    def early_stopping(losses, patience):
        best = 0
        for t in range(len(losses)):
            if losses[t] < losses[best]:
                best = t
            if t % patience == 0 and t - best >= patience:
                return best, t
        return best, len(losses) - 1


@right
class soft_threshold_by_clip:
    """Note: w minus its part in [-lam, lam]."""

    def l1_shrink(w, lam):
        w = np.asarray(w, dtype=float)
        return w - np.clip(w, -lam, lam)

    def l2_shrink(w, lam):
        return np.asarray(w, dtype=float) * (1 + lam) ** -1.0


@right
class two_relus:
    """Note: relu(w - lam) - relu(-w - lam)."""

    def l1_shrink(w, lam):
        w = np.array(w, dtype=np.float64)
        return np.maximum(w - lam, 0) - np.maximum(-w - lam, 0)


@right
class bernoulli_by_choice:
    """Note: draws the mask itself from its two values."""

    def inverted_dropout(a, p_drop, rng, train=True):
        a = np.array(a, dtype=float)
        if not train:
            return a, np.ones_like(a)
        mask = rng.choice([0.0, 1 / (1 - p_drop)], size=a.shape, p=[p_drop, 1 - p_drop])
        return a * mask, mask


@right
class stops_with_while:
    """Note: a while loop and a counter."""

    def early_stopping(losses, patience):
        losses = [float(v) for v in losses]
        t, best, waited = 0, 0, 0
        while t + 1 < len(losses) and waited < patience:
            t += 1
            if losses[t] < losses[best]:
                best, waited = t, 0
            else:
                waited += 1
        return best, t


@right
class cumulative_minimum:
    """Note: best epoch of each time by numpy."""

    def early_stopping(losses, patience):
        v = np.asarray(losses, dtype=float)
        bests = np.array([int(np.argmin(v[: t + 1])) for t in range(v.size)])
        enough = np.flatnonzero(np.arange(v.size) - bests >= patience)
        stop = enough[0] if enough.size else v.size - 1
        return bests[stop], stop


@right
class proximal_factor:
    """Note: scales by max(0, 1 - lam / |w|), with 1e-12 below."""

    def l1_shrink(w, lam):
        w = np.asarray(w, dtype=float)
        return w * np.maximum(0.0, 1.0 - lam / (np.abs(w) + 1e-12)) if lam > 0 else w.copy()
