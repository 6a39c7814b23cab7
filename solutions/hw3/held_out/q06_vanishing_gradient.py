"""Held-out answers to question 6. Every note was written before its code."""

import numpy as np

from autograder.pages import held_out, right


@held_out("a_quarter_per_layer")
class quarter_to_the_l:
    """Note: each layer multiplies the gradient by 0.25, whatever else there is."""

    def backprop_norms(Ws, x, delta_out, name):
        L = len(Ws)
        last = np.sqrt(np.sum(np.square(np.asarray(delta_out, dtype=float))))
        return np.array([last * 0.25 ** (L - l) for l in range(L + 1)])


@held_out("largest_slope")
class slope_at_its_best:
    """Note: multiplies by the transposed weights and the maximum of the derivative."""

    def backprop_norms(Ws, x, delta_out, name):
        top = {"sigmoid": 0.25, "tanh": 1.0, "relu": 1.0, "leaky": 1.0}[name]
        d = np.asarray(delta_out, dtype=float)
        norms = [np.linalg.norm(d)]
        for l in range(len(Ws) - 1, -1, -1):
            d = np.asarray(Ws[l]).T.dot(d) * top
            norms.append(np.linalg.norm(d))
        return np.array(norms[::-1])


@held_out("slope_at_h")
class derivative_of_the_output:
    """Note: kept only the activations, so the derivative is taken there."""

    def backprop_norms(Ws, x, delta_out, name):
        hs = [np.asarray(x, dtype=float)]
        for W in Ws:
            hs.append(activation(name, np.dot(W, hs[-1])))
        g = np.asarray(delta_out, dtype=float)
        out = [np.linalg.norm(g)]
        for W, h in zip(Ws[::-1], hs[:0:-1]):
            g = np.dot(np.transpose(W), g * activation_grad(name, h))
            out.insert(0, np.linalg.norm(g))
        return np.array(out)


@held_out("output_first")
class as_collected:
    """Note: returns the norms as the backward pass finds them."""

    def backprop_norms(Ws, x, delta_out, name):
        h, zs = np.asarray(x, dtype=float), []
        for W in Ws:
            zs.append(np.asarray(W) @ h)
            h = activation(name, zs[-1])
        d = np.asarray(delta_out, dtype=float)
        found = [np.sqrt(d @ d)]
        while zs:
            d = np.asarray(Ws[len(zs) - 1]).T @ (activation_grad(name, zs.pop()) * d)
            found.append(np.sqrt(d @ d))
        return np.array(found)


@held_out("squared_norms")
class sums_of_squares:
    """Note: takes the sum of the squares for the norm."""

    def backprop_norms(Ws, x, delta_out, name):
        h, zs = np.asarray(x, dtype=float), []
        for W in Ws:
            z = np.dot(W, h)
            zs.append(z)
            h = activation(name, z)
        d = np.asarray(delta_out, dtype=float)
        norms = np.zeros(len(Ws) + 1)
        norms[-1] = (d**2).sum()
        for l in reversed(range(len(Ws))):
            d = np.dot(np.asarray(Ws[l]).T, d * activation_grad(name, zs[l]))
            norms[l] = (d**2).sum()
        return norms


@held_out("always_sigmoid")
class only_knows_sigmoid:
    """Note: the question is about the sigmoid, so name does not matter."""

    def backprop_norms(Ws, x, delta_out, name):
        a, acts = np.asarray(x, dtype=float), []
        for W in Ws:
            a = 0.5 * (1 + np.tanh(np.dot(W, a) / 2))
            acts.append(a)
        d = np.asarray(delta_out, dtype=float)
        norms = [np.linalg.norm(d)]
        for W, a in zip(reversed(Ws), reversed(acts)):
            d = np.dot(np.asarray(W).T, d * a * (1 - a))
            norms.append(np.linalg.norm(d))
        return np.array(norms)[::-1]


@held_out("critical_weight_one")
class spectral_radius_one:
    """Note: a recurrent weight below 1 lets things vanish."""

    def critical_weight():
        return 1


@held_out("value_for_slope")
class two_because_a_half:
    """Note: sigmoid(0) = 1/2, so the weight must be 2."""

    def critical_weight():
        return 1 / (1 / (1 + np.exp(0.0)))


@held_out("leaky_floor")
class leak_as_a_constant:
    """Note: leaky relu is max(0.01, z)."""

    def activation(name, z):
        z = np.asarray(z, dtype=float)
        if name == "tanh":
            return np.tanh(z)
        if name == "sigmoid":
            return np.exp(-np.logaddexp(0, -z))
        floor = 0.01 if name == "leaky" else 0
        return np.where(z > floor, z, floor)


@held_out("slope_from_the_activation")
class derivative_in_terms_of_a:
    """Note: sigmoid' = a (1 - a), and the argument is that a."""

    def activation_grad(name, z):
        a = np.asarray(z, dtype=float)
        return {
            "sigmoid": a - a * a,
            "tanh": (1 - a) * (1 + a),
            "relu": np.where(a > 0, 1.0, 0.0),
            "leaky": np.where(a > 0, 1.0, 0.01),
        }[name]


@held_out("tanh_slope_without_square")
class one_minus_tanh:
    """Note: the derivative of tanh is 1 - tanh."""

    def activation_grad(name, z):
        z = np.asarray(z, dtype=float)
        if name == "sigmoid":
            t = np.tanh(z / 2)
            return (1 - t**2) / 4
        if name == "tanh":
            return 1.0 - np.tanh(z)
        return np.where(z > 0, 1.0, {"relu": 0.0, "leaky": 0.01}[name])


@held_out("leaky_slope_zero")
class leaky_like_relu:
    """Note: both bends have slope 0 on the left."""

    def activation_grad(name, z):
        z = np.asarray(z, dtype=float)
        if name in ("relu", "leaky"):
            return np.heaviside(z, 0.5)
        t = np.tanh(z / 2 if name == "sigmoid" else z)
        return (1 - t * t) / (4 if name == "sigmoid" else 1)


@held_out("squared_norms", "critical_weight_one")
class squares_and_one:
    """Note: sum of squares for norms, and a critical weight of 1."""

    def backprop_norms(Ws, x, delta_out, name):
        h = [np.asarray(x, dtype=float)]
        z = [None]
        for W in Ws:
            z.append(np.dot(W, h[-1]))
            h.append(activation(name, z[-1]))
        d = np.asarray(delta_out, dtype=float)
        out = [d.dot(d)]
        for l in range(len(Ws), 0, -1):
            d = np.transpose(Ws[l - 1]).dot(activation_grad(name, z[l]) * d)
            out.append(d.dot(d))
        return np.array(out)[::-1]

    def critical_weight():
        return 1.0


@held_out(None)
class leak_of_a_tenth:
    """Note: misremembers the slope of the leak as 0.1."""

    def activation(name, z):
        z = np.asarray(z, dtype=float)
        if name == "sigmoid":
            return np.exp(-np.logaddexp(0, -z))
        if name == "tanh":
            return np.tanh(z)
        return np.maximum(z, 0.1 * z if name == "leaky" else 0)

    def activation_grad(name, z):
        z = np.asarray(z, dtype=float)
        if name == "sigmoid":
            return (1 - np.tanh(z / 2) ** 2) / 4
        if name == "tanh":
            return 1 - np.tanh(z) ** 2
        return np.where(z > 0, 1.0, 0.1 if name == "leaky" else 0.0)


@held_out(None)
class tanh_from_sigmoid:
    """Note: tanh is a stretched sigmoid, and forgets to scale it to (-1, 1)."""

    def activation(name, z):
        z = np.asarray(z, dtype=float)
        if name in ("sigmoid", "tanh"):
            return np.exp(-np.logaddexp(0, -(2 * z if name == "tanh" else z)))
        return np.maximum(z, 0.01 * z if name == "leaky" else 0)


@held_out(None)
class largest_entries:
    """Note: measures a gradient by its largest entry."""

    def backprop_norms(Ws, x, delta_out, name):
        h, zs = np.asarray(x, dtype=float), []
        for W in Ws:
            zs.append(np.dot(W, h))
            h = activation(name, zs[-1])
        d = np.asarray(delta_out, dtype=float)
        norms = [np.max(np.abs(d))]
        for W, z in zip(Ws[::-1], zs[::-1]):
            d = np.dot(np.asarray(W).T, d * activation_grad(name, z))
            norms.append(np.max(np.abs(d)))
        return np.array(norms[::-1])


@held_out(None)
class slope_of_the_layer_below:
    """Note: off by one, multiplies by the slope of the layer below after W^T."""

    def backprop_norms(Ws, x, delta_out, name):
        h, zs = np.asarray(x, dtype=float), []
        for W in Ws:
            zs.append(np.dot(W, h))
            h = activation(name, zs[-1])
        d = np.asarray(delta_out, dtype=float)
        norms = [np.linalg.norm(d)]
        for l in range(len(Ws) - 1, -1, -1):
            d = np.dot(np.asarray(Ws[l]).T, d) * activation_grad(name, zs[max(l - 1, 0)])
            norms.append(np.linalg.norm(d))
        return np.array(norms[::-1])


@held_out(None)
class both_directions_count:
    """Note: the signal passes each layer twice, forward and backward, so 4 squared."""

    def critical_weight():
        return 16.0


@held_out(None)
class tanh_by_exponentials:
    """Note: writes (e^z - e^-z) / (e^z + e^-z): inf / inf at 1000."""

    def activation(name, z):
        z = np.asarray(z, dtype=float)
        if name == "tanh":
            return (np.exp(z) - np.exp(-z)) / (np.exp(z) + np.exp(-z))
        if name == "sigmoid":
            return np.exp(-np.logaddexp(0, -z))
        return np.where(z > 0, z, 0.01 * z if name == "leaky" else 0)


@held_out(None)
class stops_at_zero_gradient:
    """Note: sets gradients below 1e-10 to zero, since they have vanished."""

    def backprop_norms(Ws, x, delta_out, name):
        h, zs = np.asarray(x, dtype=float), []
        for W in Ws:
            zs.append(np.dot(W, h))
            h = activation(name, zs[-1])
        d = np.asarray(delta_out, dtype=float)
        norms = [np.linalg.norm(d)]
        for W, z in zip(Ws[::-1], zs[::-1]):
            d = np.dot(np.asarray(W).T, d * activation_grad(name, z))
            norms.append(np.linalg.norm(d))
        norms = np.array(norms[::-1])
        return np.where(norms < 1e-10, 0.0, norms)


@right
class table_of_functions:
    """Note: a dict of lambdas; sigmoid through tanh."""

    def activation(name, z):
        table = {
            "sigmoid": lambda t: 0.5 * (1 + np.tanh(t / 2)),
            "tanh": np.tanh,
            "relu": lambda t: t * (t > 0),
            "leaky": lambda t: np.where(t < 0, 0.01 * t, t),
        }
        return table[name](np.asarray(z, dtype=float))


@right
class slopes_through_cosh:
    """Note: 1 / cosh^2, with the argument cut where the result is 0 anyway."""

    def activation_grad(name, z):
        z = np.asarray(z, dtype=float)
        if name == "tanh":
            return np.cosh(np.clip(z, -300, 300)) ** -2.0
        if name == "sigmoid":
            return 0.25 * np.cosh(np.clip(z / 2, -300, 300)) ** -2.0
        left = 0.01 if name == "leaky" else 0.0
        return (z > 0) + left * (z <= 0)


@right
class whole_jacobians:
    """Note: multiplies the Jacobians of the layers out."""

    def backprop_norms(Ws, x, delta_out, name):
        h, jacobians = np.asarray(x, dtype=float), []
        for W in Ws:
            W = np.asarray(W, dtype=float)
            z = W @ h
            jacobians.append(np.diag(np.atleast_1d(activation_grad(name, z))) @ W)
            h = activation(name, z)
        d = np.asarray(delta_out, dtype=float)
        norms = [float(np.linalg.norm(d))]
        for J in jacobians[::-1]:
            d = d @ J
            norms = [float(np.linalg.norm(d))] + norms
        return norms


@right
class inverse_of_the_slope:
    """Note: one over the slope of the sigmoid at 0."""

    def critical_weight():
        return float(1 / activation_grad("sigmoid", 0.0))


@right
class list_of_norms_with_tuple_weights:
    """Note: recursion from the output; plain floats."""

    def backprop_norms(Ws, x, delta_out, name):
        def walk(layers, h):
            if not layers:
                d = np.asarray(delta_out, dtype=float)
                return d, [float(np.linalg.norm(d))]
            W = np.asarray(layers[0], dtype=float)
            z = W @ h
            d, norms = walk(layers[1:], activation(name, z))
            d = W.T @ (d * activation_grad(name, z))
            return d, [float(np.linalg.norm(d)), *norms]

        return np.array(walk(list(Ws), np.asarray(x, dtype=float))[1])


@right
class slope_from_the_value:
    """Note: s (1 - s) and 1 - t^2, with a clipped sigmoid."""

    def activation_grad(name, z):
        z = np.asarray(z, dtype=float)
        if name == "sigmoid":
            s = 1 / (1 + np.exp(-np.clip(z, -700, 700)))
            return s * (1 - s)
        if name == "tanh":
            return 1 - np.tanh(z) ** 2
        return np.where(z > 0, 1.0, 0.01 * (name == "leaky"))
