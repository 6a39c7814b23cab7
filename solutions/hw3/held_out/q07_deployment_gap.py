"""Held-out answers to question 7. Every note was written before its code."""

import numpy as np

from autograder.pages import held_out, right


@held_out("per_sample_split")
class ordinary_split:
    """Note: shuffles all samples and takes the first part for the test, like train_test_split."""

    def group_split(groups, test_frac, seed):
        m = len(groups)
        order = np.random.RandomState(seed).permutation(m)
        n_test = max(1, int(round(m * test_frac)))
        return order[n_test:], order[:n_test]


@held_out("stratified_by_group")
class some_of_every_finger:
    """Note: every finger must be in the test, so takes a share of each group."""

    def group_split(groups, test_frac, seed):
        generator = np.random.default_rng(seed)
        groups = np.asarray(groups)
        train, test = [], []
        for name in np.unique(groups):
            members = generator.permutation(np.flatnonzero(groups == name))
            cut = int(round(test_frac * len(members)))
            test += list(members[:cut])
            train += list(members[cut:])
        return np.array(train, dtype=int), np.array(test, dtype=int)


@held_out("names_for_indices")
class returns_the_fingers:
    """Note: splits the fingers and hands the fingers back."""

    def group_split(groups, test_frac, seed):
        names = np.array(sorted(set(np.asarray(groups).tolist())))
        np.random.default_rng(seed).shuffle(names)
        n = min(max(int(round(len(names) * test_frac)), 1), len(names) - 1)
        return names[n:], names[:n]


@held_out("empty_test_side")
class floor_of_the_share:
    """Note: the number of test groups is int(test_frac * groups)."""

    def group_split(groups, test_frac, seed):
        groups = np.asarray(groups)
        names = np.unique(groups)
        chosen = np.random.default_rng(seed).permutation(names)[: int(len(names) * test_frac)]
        is_test = np.array([g in set(chosen.tolist()) for g in groups.tolist()], dtype=bool)
        every = np.arange(len(groups))
        return every[~is_test], every[is_test]


@held_out("first_groups")
class sorted_groups:
    """Note: takes the first groups in sorted order, which is reproducible without a seed."""

    def group_split(groups, test_frac, seed):
        groups = np.asarray(groups)
        names = np.unique(groups)
        n = int(np.clip(round(test_frac * names.size), 1, names.size - 1))
        inside = np.isin(groups, names[:n])
        return np.where(~inside)[0], np.where(inside)[0]


@held_out("strictly_above")
class greater_than:
    """Note: accept when the score exceeds the threshold."""

    def far_frr(genuine, impostor, thr):
        far = sum(1 for s in impostor if s > thr) / len(impostor)
        frr = sum(1 for s in genuine if s <= thr) / len(genuine)
        return far, frr


@held_out("rates_swapped")
class first_rejected_then_accepted:
    """Note: mixes up what is false about which rate."""

    def far_frr(genuine, impostor, thr):
        accepted_impostors = np.mean(np.asarray(impostor) >= thr)
        rejected_owners = np.mean(np.asarray(genuine) < thr)
        return float(rejected_owners), float(accepted_impostors)


@held_out("share_of_all_attempts")
class divided_by_everybody:
    """Note: a rate is a share of all attempts."""

    def far_frr(genuine, impostor, thr):
        n = len(genuine) + len(impostor)
        wrongly_in = np.count_nonzero(np.asarray(impostor) >= thr)
        wrongly_out = np.count_nonzero(np.asarray(genuine) < thr)
        return wrongly_in / n, wrongly_out / n


@held_out("above_every_impostor")
class nobody_gets_in:
    """Note: safe is safe, the threshold lies just above the best impostor."""

    def threshold_for_far(genuine, impostor, target):
        return float(np.nextafter(max(np.asarray(impostor, dtype=float)), np.inf))


@held_out("interpolated_quantile")
class percentile_of_impostors:
    """Note: the (1 - target) percentile of the impostors has the wanted FAR."""

    def threshold_for_far(genuine, impostor, target):
        return float(np.percentile(np.asarray(impostor, dtype=float), 100 * (1 - target)))


@held_out("equal_numbers")
class half_and_half:
    """Note: P(genuine | accepted) = (1 - FRR) / (1 - FRR + FAR)."""

    def precision_at_prior(far, frr, p):
        hit = 1.0 - frr
        return float(hit / (far + hit))


@held_out("one_minus_far")
class far_is_the_error:
    """Note: FAR of one percent means that 99 percent of the accepted are genuine."""

    def precision_at_prior(far, frr, p):
        error = float(far)
        return 1.0 - error


@held_out("accuracy_for_precision")
class share_of_right_decisions:
    """Note: adds up the right decisions of both kinds."""

    def precision_at_prior(far, frr, p):
        genuine_accepted = p * (1 - frr)
        impostors_rejected = (1 - p) * (1 - far)
        return float(genuine_accepted + impostors_rejected)


@held_out("strictly_above", "equal_numbers")
class strict_and_without_prior:
    """Note: accepts above the threshold only, and takes no prior into account."""

    def far_frr(genuine, impostor, thr):
        g, i = np.asarray(genuine, dtype=float), np.asarray(impostor, dtype=float)
        return float((i > thr).sum() / i.size), float(1 - (g > thr).sum() / g.size)

    def precision_at_prior(far, frr, p):
        return (1 - frr) / ((1 - frr) + far)


@held_out(None)
class test_before_train:
    """Note: returns the test indices first."""

    def group_split(groups, test_frac, seed):
        groups = np.asarray(groups)
        names = np.random.default_rng(seed).permutation(np.unique(groups))
        n = int(np.clip(round(test_frac * names.size), 1, names.size - 1))
        inside = np.isin(groups, names[:n])
        return np.flatnonzero(inside), np.flatnonzero(~inside)


@held_out(None)
class draws_groups_with_replacement:
    """Note: rng.choice draws the test groups, and forgets replace=False."""

    def group_split(groups, test_frac, seed):
        groups = np.asarray(groups)
        names = np.unique(groups)
        n = int(np.clip(round(test_frac * names.size), 1, names.size - 1))
        chosen = np.random.default_rng(seed).choice(names, size=n)
        inside = np.isin(groups, chosen)
        return np.flatnonzero(~inside), np.flatnonzero(inside)


@held_out(None)
class rates_in_percent:
    """Note: gives the rates in percent, as in the report of a vendor."""

    def far_frr(genuine, impostor, thr):
        g, i = np.asarray(genuine), np.asarray(impostor)
        return 100 * float(np.mean(i >= thr)), 100 * float(np.mean(g < thr))


@held_out(None)
class limits_the_wrong_rate:
    """Note: keeps FRR below the target and makes FAR small, the roles swapped."""

    def threshold_for_far(genuine, impostor, target):
        g = np.unique(np.asarray(genuine, dtype=float))
        fine = [t for t in np.append(g, np.inf) if np.mean(np.asarray(genuine) < t) <= target]
        return float(max(fine))


@held_out(None)
class joint_for_conditional:
    """Note: P(genuine and accepted), forgets to divide by P(accepted)."""

    def precision_at_prior(far, frr, p):
        return float(p * (1 - frr))


@held_out(None)
class prior_on_the_wrong_side:
    """Note: Bayes, with p and 1 - p exchanged."""

    def precision_at_prior(far, frr, p):
        return float((1 - p) * (1 - frr) / ((1 - p) * (1 - frr) + p * far))


@held_out("a_little_above_an_impostor")
class a_little_above:
    """Note: adds 1e-6 to an impostor's score to lie above it; owners may stand in between."""

    def threshold_for_far(genuine, impostor, target):
        falling = np.sort(np.asarray(impostor, dtype=float))[::-1]
        allowed = int(np.floor(target * falling.size + 1e-9))
        return -np.inf if allowed >= falling.size else float(falling[allowed] + 1e-6)


@held_out(None)
class middle_between_neighbours:
    """Note: puts the threshold half-way to the next impostor above, past some owners."""

    def threshold_for_far(genuine, impostor, target):
        falling = np.sort(np.unique(np.asarray(impostor, dtype=float)))[::-1]
        best = np.inf
        for k, s in enumerate(falling):
            above = falling[k - 1] if k else s + 1
            if np.mean(np.asarray(impostor) >= (s + above) / 2) <= target:
                best = (s + above) / 2
        return float(best) if np.mean(np.asarray(impostor) >= falling[-1]) > target else -np.inf


@held_out(None)
class seed_parity:
    """Note: reverses the groups for odd seeds, which gives two splits in all."""

    def group_split(groups, test_frac, seed):
        groups = np.asarray(groups)
        names = np.unique(groups)
        if seed % 2:
            names = names[::-1]
        n = int(np.clip(round(test_frac * names.size), 1, names.size - 1))
        inside = np.isin(groups, names[:n])
        return np.flatnonzero(~inside), np.flatnonzero(inside)


@held_out(None)
class rounds_the_precision:
    """Note: rounds the result to two decimals for the table."""

    def precision_at_prior(far, frr, p):
        hit = p * (1 - frr)
        return round(hit / (hit + (1 - p) * far), 2)


@right
class dictionary_of_members:
    """Note: lists of members, chosen with the random module of numpy's old kind."""

    def group_split(groups, test_frac, seed):
        members = {}
        for i, g in enumerate(np.asarray(groups).tolist()):
            members.setdefault(g, []).append(i)
        names = sorted(members)
        np.random.RandomState(seed).shuffle(names)
        n = max(1, min(len(names) - 1, int(test_frac * len(names) + 0.5)))
        test = [i for name in names[:n] for i in members[name]]
        train = [i for name in names[n:] for i in members[name]]
        return np.array(train), np.array(test)


@right
class rates_by_sorting:
    """Note: searchsorted on sorted copies."""

    def far_frr(genuine, impostor, thr):
        below = np.searchsorted(np.sort(genuine), thr, side="left")
        above = len(impostor) - np.searchsorted(np.sort(impostor), thr, side="left")
        return above / len(impostor), below / len(genuine)


@right
class tries_all_candidates:
    """Note: every score and every point just above a score, keeps the best."""

    def threshold_for_far(genuine, impostor, target):
        scores = np.concatenate([np.ravel(genuine), np.ravel(impostor)]).astype(float)
        best, lowest = np.inf, 1.0
        for t in np.concatenate([scores, np.nextafter(scores, np.inf)]):
            far, frr = far_frr(genuine, impostor, t)
            if far <= target and frr < lowest:
                best, lowest = t, frr
        return best


@right
class counts_the_allowed:
    """Note: just above the first impostor who must stay outside."""

    def threshold_for_far(genuine, impostor, target):
        falling = sorted((float(s) for s in impostor), reverse=True)
        allowed = int(np.floor(target * len(falling) + 1e-9))
        if allowed >= len(falling):
            return -np.inf
        return np.nextafter(falling[allowed], np.inf)


@right
class bayes_by_odds:
    """Note: odds form of Bayes' rule, with the guard of the lecture."""

    def precision_at_prior(far, frr, p):
        yes, no = p * (1.0 - frr), (1.0 - p) * far
        return yes / (yes + no + 1e-12)


@right
class indices_as_lists:
    """Note: sets of names and lists of indices."""

    def group_split(groups, test_frac, seed):
        groups = [str(g) for g in groups]
        names = sorted(set(groups))
        count = min(len(names) - 1, max(1, round(test_frac * len(names))))
        test = set(np.random.default_rng(seed).choice(names, size=count, replace=False).tolist())
        return (
            [i for i, g in enumerate(groups) if g not in test],
            [i for i, g in enumerate(groups) if g in test],
        )
