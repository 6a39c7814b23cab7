"""Held-out answers to question 19. Every note was written before its code."""

import numpy as np

from autograder.pages import held_out, right


@held_out("probability_of_fake")
class generated_on_top:
    """Note: D says how likely a sample is fake."""

    def optimal_discriminator(pr, pg):
        pr, pg = np.asarray(pr, dtype=float), np.asarray(pg, dtype=float)
        D = np.full(pr.shape, 0.5)
        for i in range(len(D)):
            if pr[i] + pg[i] > 0:
                D[i] = 1 - pr[i] / (pr[i] + pg[i])
        return D


@held_out("zero_over_zero")
class bare_fraction:
    """Note: pr / (pr + pg), and no more."""

    def optimal_discriminator(pr, pg):
        return np.true_divide(pr, np.add(pr, pg))


@held_out("all_or_nothing")
class hard_decision:
    """Note: the best discriminator decides for the more probable class."""

    def optimal_discriminator(pr, pg):
        pr, pg = np.asarray(pr, dtype=float), np.asarray(pg, dtype=float)
        return np.where(pr + pg == 0, 0.5, np.where(pr > pg, 1.0, 0.0))


@held_out("constant_in_the_denominator")
class epsilon_below:
    """Note: adds 1e-10 against division by zero, and sets the empty points to 0.5."""

    def optimal_discriminator(pr, pg):
        pr, pg = np.asarray(pr, dtype=float), np.asarray(pg, dtype=float)
        D = pr / (pr + pg + 1e-10)
        D[(pr == 0) & (pg == 0)] = 0.5
        return D


@held_out("zero_sum")
class generator_is_the_opponent:
    """Note: what one wins the other loses."""

    def gan_losses(pr, pg, D):
        pr, pg, D = (np.asarray(v, dtype=float) for v in (pr, pg, D))
        loss = 0.0
        for a, b, d in zip(pr, pg, D):
            if a > 0:
                loss -= a * np.log(d)
            if b > 0:
                loss -= b * np.log1p(-d)
        return float(loss), float(-loss)


@held_out("saturating_generator_loss")
class minimax_generator:
    """Note: the generator minimises E log(1 - D), as in the first formula of the paper."""

    def gan_losses(pr, pg, D):
        pr, pg, D = (np.asarray(v, dtype=float) for v in (pr, pg, D))
        r, g = pr > 0, pg > 0
        fake = np.dot(pg[g], np.log(1 - D[g]))
        return float(-np.dot(pr[r], np.log(D[r])) - fake), float(fake)


@held_out("halved_discriminator_loss")
class average_of_real_and_fake:
    """Note: d_loss = 0.5 * (real + fake), as in the Keras examples."""

    def gan_losses(pr, pg, D):
        pr, pg, D = (np.asarray(v, dtype=float) for v in (pr, pg, D))

        def expect(p, values):
            return sum(float(a * v) for a, v in zip(p, values) if a > 0)

        real, fake = expect(pr, -np.log(D)), expect(pg, -np.log1p(-D))
        return 0.5 * (real + fake), expect(pg, -np.log(D))


@held_out("objectives_for_losses")
class values_to_maximise:
    """Note: D maximises E log D + E log(1 - D), so that is returned."""

    def gan_losses(pr, pg, D):
        pr, pg, D = (np.asarray(v, dtype=float) for v in (pr, pg, D))
        logs = np.where(pr > 0, pr * np.log(np.where(pr > 0, D, 1)), 0)
        fakes = np.where(pg > 0, pg * np.log1p(-np.where(pg > 0, D, 0)), 0)
        fools = np.where(pg > 0, pg * np.log(np.where(pg > 0, D, 1)), 0)
        return float(logs.sum() + fakes.sum()), float(fools.sum())


@held_out("zero_times_infinity")
class sums_over_everything:
    """Note: sums p log D over all points."""

    def gan_losses(pr, pg, D):
        pr, pg, D = np.asarray(pr, float), np.asarray(pg, float), np.asarray(D, float)
        L_D = -(np.sum(pr * np.log(D)) + np.sum(pg * np.log(1 - D)))
        return float(L_D), float(-np.sum(pg * np.log(D)))


@held_out("kl_for_js")
class divergence_of_the_two:
    """Note: the divergence is sum pr log(pr / pg)."""

    def js_divergence(pr, pg):
        pr, pg = np.asarray(pr, dtype=float), np.asarray(pg, dtype=float)
        total = 0.0
        for a, b in zip(pr, pg):
            if a > 0:
                total += a * (np.log(a) - np.log(b))
        return float(total)


@held_out("bits_for_nats")
class log_two_is_one:
    """Note: with log2 the divergence lies between 0 and 1."""

    def js_divergence(pr, pg):
        def entropy(p):
            p = p[p > 0]
            return -np.sum(p * np.log2(p))

        pr, pg = np.asarray(pr, dtype=float), np.asarray(pg, dtype=float)
        return float(entropy((pr + pg) / 2) - (entropy(pr) + entropy(pg)) / 2)


@held_out("gaps_of_one")
class differences_of_cdfs:
    """Note: adds up |F_r - F_g|."""

    def wasserstein1(pr, pg, x):
        gap = total = 0.0
        for a, b in zip(np.asarray(pr, float), np.asarray(pg, float)):
            gap += a - b
            total += abs(gap)
        return float(total)


@held_out("difference_of_means")
class centre_of_mass:
    """Note: mass has to be moved from mean to mean."""

    def wasserstein1(pr, pg, x):
        pr, pg, x = (np.asarray(v, dtype=float) for v in (pr, pg, x))
        return float(abs(np.dot(pr, x) - np.dot(pg, x)))


@held_out("not_cumulated")
class pointwise_differences:
    """Note: mass that differs, times the gap to the next point."""

    def wasserstein1(pr, pg, x):
        pr, pg, x = (np.asarray(v, dtype=float) for v in (pr, pg, x))
        return float(np.sum(np.abs(pr - pg)[:-1] * (x[1:] - x[:-1])))


@held_out("zero_sum", "gaps_of_one")
class zero_sum_and_even_gaps:
    """Note: L_G = -L_D, and all gaps count as 1."""

    def gan_losses(pr, pg, D):
        pr, pg, D = (np.asarray(v, dtype=float) for v in (pr, pg, D))
        r, g = np.nonzero(pr)[0], np.nonzero(pg)[0]
        L = -np.sum(pr[r] * np.log(D[r])) - np.sum(pg[g] * np.log1p(-D[g]))
        return float(L), -float(L)

    def wasserstein1(pr, pg, x):
        return float(np.abs(np.cumsum(pr) - np.cumsum(pg))[:-1].sum())


@held_out(None)
class zero_where_nothing_is:
    """Note: sets D to 0 at points that nobody uses."""

    def optimal_discriminator(pr, pg):
        pr, pg = np.asarray(pr, dtype=float), np.asarray(pg, dtype=float)
        total = pr + pg
        return np.divide(pr, total, out=np.zeros_like(total), where=total > 0)


@held_out(None)
class only_the_real_half:
    """Note: L_D = -E_r log D, forgets the generated samples."""

    def gan_losses(pr, pg, D):
        pr, pg, D = (np.asarray(v, dtype=float) for v in (pr, pg, D))
        r, g = pr > 0, pg > 0
        return float(-np.sum(pr[r] * np.log(D[r]))), float(-np.sum(pg[g] * np.log(D[g])))


@held_out(None)
class losses_swapped:
    """Note: returns (L_G, L_D)."""

    def gan_losses(pr, pg, D):
        pr, pg, D = (np.asarray(v, dtype=float) for v in (pr, pg, D))
        r, g = pr > 0, pg > 0
        L_D = -np.sum(pr[r] * np.log(D[r])) - np.sum(pg[g] * np.log1p(-D[g]))
        return float(-np.sum(pg[g] * np.log(D[g]))), float(L_D)


@held_out(None)
class total_variation:
    """Note: takes half the sum of the absolute differences, another distance."""

    def js_divergence(pr, pg):
        return 0.5 * float(np.abs(np.asarray(pr, float) - np.asarray(pg, float)).sum())


@held_out(None)
class squared_cdf_difference:
    """Note: squares the difference of the distribution functions (Cramer's distance)."""

    def wasserstein1(pr, pg, x):
        F = np.cumsum(np.asarray(pr, float) - np.asarray(pg, float))[:-1]
        return float(np.sum(F**2 * np.diff(np.asarray(x, float))))


@held_out(None)
class support_not_sorted:
    """Note: a right idea with D = 1/2, but x falls."""

    def same_loss_pair():
        x = np.array([5.0, 0.0])
        half = np.array([0.5, 0.5])
        return (
            x,
            np.array([1.0, 0.0]),
            np.array([0.0, 1.0]),
            half,
            np.array([1.0, 0.0]),
            half.copy(),
        )


@held_out(None)
class tiny_is_nothing:
    """Note: points where both are below 1e-8 count as empty and get 0.5."""

    def optimal_discriminator(pr, pg):
        pr, pg = np.asarray(pr, dtype=float), np.asarray(pg, dtype=float)
        total = pr + pg
        return np.where(total < 1e-8, 0.5, pr / np.where(total < 1e-8, 1.0, total))


@held_out(None)
class weights_for_probabilities:
    """Note: a right idea, but pr and pg are counts and do not add up to 1."""

    def same_loss_pair():
        x = np.array([0.0, 1.0, 5.0])
        pr, pg1 = np.array([3.0, 1.0, 0.0]), np.array([0.0, 1.0, 3.0])
        half = np.full(3, 0.5)
        return x, pr, pg1, half, pr.copy(), half.copy()


@held_out(None)
class nearly_equal_losses:
    """Note: searches by hand until the losses agree to two decimals."""

    def same_loss_pair():
        x = np.array([0.0, 4.0])
        pr, pg1 = np.array([1.0, 0.0]), np.array([0.0, 1.0])
        return x, pr, pg1, np.array([0.5, 0.501]), pr.copy(), np.array([0.5, 0.5])


@held_out(None)
class jeffreys_divergence:
    """Note: makes KL symmetric by averaging both directions, without a mixture."""

    def js_divergence(pr, pg):
        pr, pg = np.asarray(pr, dtype=float), np.asarray(pg, dtype=float)
        both = (pr > 0) & (pg > 0)
        a, b = pr[both], pg[both]
        return float(0.5 * np.sum((a - b) * np.log(a / b)))


@right
class logit_form:
    """Note: D by np.divide with out and where."""

    def optimal_discriminator(pr, pg):
        pr, pg = np.asarray(pr, dtype=float), np.asarray(pg, dtype=float)
        D = 0.5 * np.ones(pr.shape)
        np.divide(pr, pr + pg, out=D, where=(pr + pg) != 0)
        return D


@right
class losses_over_the_support:
    """Note: loops over points with mass."""

    def gan_losses(pr, pg, D):
        L_D = L_G = 0.0
        for a, b, d in zip(np.ravel(pr), np.ravel(pg), np.ravel(D)):
            if a:
                L_D -= float(a) * np.log(float(d))
            if b:
                L_D -= float(b) * np.log1p(-float(d))
                L_G -= float(b) * np.log(float(d))
        return L_D, L_G


@right
class entropies:
    """Note: H(mixture) - mean of the entropies."""

    def js_divergence(pr, pg):
        def h(p):
            return -sum(v * np.log(v) for v in p if v > 0)

        pr, pg = [float(v) for v in pr], [float(v) for v in pg]
        return h([(a + b) / 2 for a, b in zip(pr, pg)]) - 0.5 * h(pr) - 0.5 * h(pg)


@right
class earth_moving:
    """Note: carries the surplus from point to point."""

    def wasserstein1(pr, pg, x):
        carried = cost = 0.0
        for i in range(len(x) - 1):
            carried += float(pr[i]) - float(pg[i])
            cost += abs(carried) * (float(x[i + 1]) - float(x[i]))
        return cost


@right
class quantile_coupling:
    """Note: pairs off the mass from the left, greedily."""

    def wasserstein1(pr, pg, x):
        a, b, x = list(map(float, pr)), list(map(float, pg)), list(map(float, x))
        i = j = 0
        cost = 0.0
        while i < len(a) and j < len(b):
            moved = min(a[i], b[j])
            cost += moved * abs(x[i] - x[j])
            a[i] -= moved
            b[j] -= moved
            if a[i] <= 1e-15:
                i += 1
            if j < len(b) and b[j] <= 1e-15:
                j += 1
        return cost


@right
class blind_discriminators:
    """Note: two discriminators that say 1/2 everywhere; the first generator is far away."""

    def same_loss_pair():
        x = np.array([-4.0, 0.0, 3.0])
        pr, far = np.array([0.2, 0.5, 0.3]), np.array([0.9, 0.1, 0.0])
        return x, pr, far, np.ones(3) / 2, pr.copy(), np.ones(3) / 2


@right
class guarded_mixture:
    """Note: KL to the mixture with 1e-12 in the logarithms."""

    def js_divergence(pr, pg):
        p, q = np.asarray(pr, dtype=float), np.asarray(pg, dtype=float)
        m = 0.5 * (p + q)
        kl = lambda a: np.sum(a * np.log((a + 1e-12) / (m + 1e-12)))
        return float(0.5 * kl(p) + 0.5 * kl(q))
