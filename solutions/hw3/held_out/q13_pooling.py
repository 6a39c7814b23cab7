"""Held-out answers to question 13. Every note was written before its code."""

import numpy as np

from autograder.pages import held_out, right


@held_out("starts_from_zero")
class running_maximum_from_zero:
    """Note: looks for the maximum with a variable that begins at 0."""

    def pool2d(x, k, stride, mode="max"):
        x = np.asarray(x, dtype=float)
        rows, cols = (x.shape[0] - k) // stride + 1, (x.shape[1] - k) // stride + 1
        out = np.zeros((rows, cols))
        for r in range(rows):
            for c in range(cols):
                if mode == "avg":
                    out[r, c] = x[r * stride : r * stride + k, c * stride : c * stride + k].mean()
                    continue
                biggest = 0
                for a in range(k):
                    for b in range(k):
                        biggest = max(biggest, x[r * stride + a, c * stride + b])
                out[r, c] = biggest
        return out


@held_out("mode_ignored")
class only_max:
    """Note: pooling is max pooling."""

    def pool2d(x, k, stride, mode="max"):
        view = np.lib.stride_tricks.sliding_window_view(np.asarray(x, dtype=float), (k, k))
        return view[::stride, ::stride].max(axis=-1).max(axis=-1)


@held_out("sum_for_mean")
class adds_the_window:
    """Note: average pooling adds up the window, and the division is forgotten."""

    def pool2d(x, k, stride, mode="max"):
        windows = np.lib.stride_tricks.sliding_window_view(np.asarray(x, float), (k, k))
        windows = windows[::stride, ::stride].reshape(*windows[::stride, ::stride].shape[:2], -1)
        return windows.max(-1) if mode == "max" else windows.sum(-1)


@held_out("divided_by_k")
class window_of_size_k:
    """Note: divides the sum by the window size k."""

    def pool2d(x, k, stride, mode="max"):
        x = np.asarray(x, dtype=float)
        H, W = x.shape
        rows = []
        for top in range(0, H - k + 1, stride):
            row = []
            for left in range(0, W - k + 1, stride):
                patch = x[top : top + k, left : left + k]
                row.append(np.max(patch) if mode == "max" else np.sum(patch) / k)
            rows.append(row)
        return np.array(rows)


@held_out("moves_by_one")
class start_without_stride:
    """Note: output i begins at row i."""

    def pool2d(x, k, stride, mode="max"):
        x = np.asarray(x, dtype=float)
        h, w = 1 + (x.shape[0] - k) // stride, 1 + (x.shape[1] - k) // stride
        f = np.max if mode == "max" else np.mean
        return np.array([[f(x[i : i + k, j : j + k]) for j in range(w)] for i in range(h)])


@held_out("spread_over_the_window")
class equal_parts:
    """Note: every pixel of the window took part, so each gets an equal share."""

    def max_pool_backward(dout, x, k, stride):
        dout = np.asarray(dout, dtype=float)
        dx = np.zeros(np.shape(x))
        for i in range(dout.shape[0]):
            for j in range(dout.shape[1]):
                for a in range(k):
                    for b in range(k):
                        dx[i * stride + a, j * stride + b] += dout[i, j] / k**2
        return dx


@held_out("copied_to_the_window")
class whole_gradient_everywhere:
    """Note: upsamples the gradient: each pixel of the window gets dout."""

    def max_pool_backward(dout, x, k, stride):
        dx = np.zeros(np.shape(x))
        for (i, j), g in np.ndenumerate(np.asarray(dout, dtype=float)):
            dx[i * stride : i * stride + k, j * stride : j * stride + k] += np.full((k, k), g)
        return dx


@held_out("overwritten")
class assigns_the_gradient:
    """Note: the position of the maximum gets the gradient, by =."""

    def max_pool_backward(dout, x, k, stride):
        x, dout = np.asarray(x, dtype=float), np.asarray(dout, dtype=float)
        dx = np.zeros(x.shape)
        for i, j in np.ndindex(*dout.shape):
            top, left = i * stride, j * stride
            patch = x[top : top + k, left : left + k]
            a, b = divmod(int(patch.argmax()), k)
            dx[top + a, left + b] = dout[i, j]
        return dx


@held_out("times_the_maximum")
class maximum_times_gradient:
    """Note: multiplies by the value that was picked, like in a product."""

    def max_pool_backward(dout, x, k, stride):
        x, dout = np.asarray(x, dtype=float), np.asarray(dout, dtype=float)
        dx = np.zeros_like(x)
        for i in range(dout.shape[0]):
            for j in range(dout.shape[1]):
                sl = np.s_[i * stride : i * stride + k, j * stride : j * stride + k]
                dx[sl] += np.where(x[sl] == x[sl].max(), x[sl] * dout[i, j], 0)
        return dx


@held_out("strides_ignored")
class plus_k_minus_one:
    """Note: each layer adds k - 1."""

    def receptive_field(layers):
        size = 1 + sum(layer[0] - 1 for layer in layers)
        return size, int(np.prod([layer[1] for layer in layers]))


@held_out("own_stride_counted")
class jump_before_size:
    """Note: multiplies the jump first and uses it at once."""

    def receptive_field(layers):
        field, step = 1, 1
        for kernel, s in layers:
            step = step * s
            field = field + step * (kernel - 1)
        return field, step


@held_out("jump_is_the_last_stride")
class last_stride_counts:
    """Note: neighbouring outputs are one stride of the last layer apart."""

    def receptive_field(layers):
        size, jump, last = 1, 1, 1
        for k, s in layers:
            size += (k - 1) * jump
            jump *= s
            last = s
        return size, last


@held_out("no_biases")
class dense_weights_only:
    """Note: counts the weights of the dense layer."""

    def fc_params(H, W, C, pools, units):
        for k, s in pools:
            H, W = 1 + (H - k) // s, 1 + (W - k) // s
        return C * H * W * units


@held_out("channels_merged")
class one_map_remains:
    """Note: pooling leaves a single map."""

    def fc_params(H, W, C, pools, units):
        size = [H, W]
        for k, s in pools:
            size = [(n - k) // s + 1 for n in size]
        return (size[0] * size[1] + 1) * units


@held_out("divided_at_once")
class total_stride:
    """Note: the pools divide the size by the product of their strides."""

    def fc_params(H, W, C, pools, units):
        total = 1
        for _, s in pools:
            total *= s
        return ((H // total) * (W // total) * C + 1) * units


@held_out("divided_by_k", "strides_ignored")
class by_k_and_without_strides:
    """Note: divides the sum by k, and adds k - 1 for each layer."""

    def pool2d(x, k, stride, mode="max"):
        x = np.asarray(x, dtype=float)
        shape = (x.shape[0] - k) // stride + 1, (x.shape[1] - k) // stride + 1
        out = np.empty(shape)
        for i, j in np.ndindex(*shape):
            w = x[i * stride : i * stride + k, j * stride : j * stride + k]
            out[i, j] = w.max() if mode == "max" else w.sum() / k
        return out

    def receptive_field(layers):
        size, jump = 1, 1
        for k, s in layers:
            size, jump = size + k - 1, jump * s
        return size, jump


@held_out(None)
class padded_to_the_same_size:
    """Note: pads with zeros at the end so that nothing of the picture is lost."""

    def pool2d(x, k, stride, mode="max"):
        x = np.asarray(x, dtype=float)
        padded = np.pad(x, ((0, k - 1), (0, k - 1)))
        view = np.lib.stride_tricks.sliding_window_view(padded, (k, k))[::stride, ::stride]
        return view.max(axis=(2, 3)) if mode == "max" else view.mean(axis=(2, 3))


@held_out(None)
class minimum_gets_the_gradient:
    """Note: a typo, argmin for argmax."""

    def max_pool_backward(dout, x, k, stride):
        x, dout = np.asarray(x, dtype=float), np.asarray(dout, dtype=float)
        dx = np.zeros_like(x)
        for i, j in np.ndindex(*dout.shape):
            r, c = i * stride, j * stride
            a, b = np.unravel_index(np.argmin(x[r : r + k, c : c + k]), (k, k))
            dx[r + a, c + b] += dout[i, j]
        return dx


@held_out(None)
class kernel_times_jump:
    """Note: each layer adds k jumps instead of k - 1."""

    def receptive_field(layers):
        size, jump = 1, 1
        for k, s in layers:
            size += k * jump
            jump *= s
        return size, jump


@held_out(None)
class jump_then_size:
    """Note: returns the pair the other way round."""

    def receptive_field(layers):
        size, jump = 1, 1
        for k, s in layers:
            size += (k - 1) * jump
            jump *= s
        return jump, size


@held_out(None)
class one_bias_for_the_layer:
    """Note: the dense layer has one bias."""

    def fc_params(H, W, C, pools, units):
        for k, s in pools:
            H, W = (H - k) // s + 1, (W - k) // s + 1
        return H * W * C * units + 1


@held_out(None)
class height_squared:
    """Note: forgot the width, squares the pooled height."""

    def fc_params(H, W, C, pools, units):
        side = H
        for k, s in pools:
            side = (side - k) // s + 1
        return (side * side * C + 1) * units


@held_out("view_of_the_input")
class view_of_the_input:
    """Note: windows of one pixel need no work: returns a view of x itself."""

    def pool2d(x, k, stride, mode="max"):
        x = np.asarray(x, dtype=float)
        if k == 1:
            return x[::stride, ::stride]
        view = np.lib.stride_tricks.sliding_window_view(x, (k, k))[::stride, ::stride]
        return view.max(axis=(2, 3)) if mode == "max" else view.mean(axis=(2, 3))


@held_out(None)
class output_for_the_last_window_missing:
    """Note: (H - k) // stride windows, forgets the + 1."""

    def pool2d(x, k, stride, mode="max"):
        x = np.asarray(x, dtype=float)
        h, w = (x.shape[0] - k) // stride, (x.shape[1] - k) // stride
        out = np.zeros((h, w))
        for i, j in np.ndindex(h, w):
            patch = x[i * stride : i * stride + k, j * stride : j * stride + k]
            out[i, j] = patch.max() if mode == "max" else patch.mean()
        return out


@held_out(None)
class gradient_by_threshold:
    """Note: gives the gradient to all entries above the mean of the window."""

    def max_pool_backward(dout, x, k, stride):
        x, dout = np.asarray(x, dtype=float), np.asarray(dout, dtype=float)
        dx = np.zeros_like(x)
        for i, j in np.ndindex(*dout.shape):
            s = np.s_[i * stride : i * stride + k, j * stride : j * stride + k]
            dx[s] += (x[s] > x[s].mean()) * dout[i, j]
        return dx


@right
class shifted_slices:
    """Note: maximum over k*k shifted and strided copies."""

    def pool2d(x, k, stride, mode="max"):
        x = np.asarray(x, dtype=float)
        h, w = (x.shape[0] - k) // stride + 1, (x.shape[1] - k) // stride + 1
        parts = [
            x[a : a + (h - 1) * stride + 1 : stride, b : b + (w - 1) * stride + 1 : stride]
            for a in range(k)
            for b in range(k)
        ]
        return np.maximum.reduce(parts) if mode == "max" else sum(parts) / len(parts)


@right
class nested_lists:
    """Note: plain Python lists all the way."""

    def pool2d(x, k, stride, mode="max"):
        rows = [[float(v) for v in row] for row in x]
        H, W = len(rows), len(rows[0])
        out = []
        for i in range(0, H - k + 1, stride):
            line = []
            for j in range(0, W - k + 1, stride):
                values = [rows[i + a][j + b] for a in range(k) for b in range(k)]
                line.append(max(values) if mode == "max" else sum(values) / k**2)
            out.append(line)
        return np.array(out)


@right
class mask_of_the_maximum:
    """Note: where the window equals its maximum."""

    def max_pool_backward(dout, x, k, stride):
        x, dout = np.asarray(x, dtype=float), np.asarray(dout, dtype=float)
        dx = np.zeros(x.shape)
        for i in range(dout.shape[0]):
            for j in range(dout.shape[1]):
                s = np.s_[i * stride : i * stride + k, j * stride : j * stride + k]
                dx[s] += (x[s] == np.max(x[s])) * dout[i, j]
        return dx


@right
class scatter_with_add_at:
    """Note: positions of all maxima, then np.add.at."""

    def max_pool_backward(dout, x, k, stride):
        x, dout = np.asarray(x, dtype=float), np.asarray(dout, dtype=float)
        h, w = dout.shape
        view = np.lib.stride_tricks.sliding_window_view(x, (k, k))[::stride, ::stride][:h, :w]
        a, b = np.divmod(view.reshape(h, w, k * k).argmax(axis=2), k)
        dx = np.zeros(x.shape)
        np.add.at(dx, (np.arange(h)[:, None] * stride + a, np.arange(w) * stride + b), dout)
        return dx


@right
class field_from_the_output_down:
    """Note: size by recursion from the last layer to the first."""

    def receptive_field(layers):
        size = jump = 1
        for k, s in reversed(list(layers)):
            size = (size - 1) * s + k
            jump = jump * s
        return size, jump


@right
class counts_windows:
    """Note: counts the windows of each pool with range."""

    def fc_params(H, W, C, pools, units):
        for k, s in pools:
            H, W = len(range(0, H - k + 1, s)), len(range(0, W - k + 1, s))
        return units * (C * H * W) + units
