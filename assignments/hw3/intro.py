"""The first cell of the notebook."""

import numpy as np  # noqa: F401


def see(draw):
    """Draw a picture with the functions above, or say what is missing.

    中文：用上面写好的函数画一张图；画不出来就说明缺什么。
    """
    try:
        draw()
    except ImportError as error:
        name = (error.name or "matplotlib").split(".")[0]
        print(f"No picture: {name} is not installed. / 画不了图：没有安装 {name}。")
    except Exception as error:
        import matplotlib.pyplot as plt

        plt.close("all")  # no half-drawn picture
        print("No picture yet: finish the functions above first. / 先写完上面的函数，才能画图。")
        print(f"{type(error).__name__}: {error}")
