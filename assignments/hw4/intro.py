"""The first cell of the notebook."""

import pandas as pd

log = pd.read_csv("training_log.csv")
