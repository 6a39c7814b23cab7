"""The first cell of the notebook."""

import numpy as np


def see(draw):
    """Draw a picture with the functions above, or say what is missing."""
    try:
        draw()
    except ModuleNotFoundError as error:
        print(f"No picture: {error.name} is not installed (pip install {error.name}).")
    except Exception as error:
        print(f"No picture yet: the functions above are not finished ({type(error).__name__}).")
