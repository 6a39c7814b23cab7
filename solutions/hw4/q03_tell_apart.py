"""`north` is fine: both losses fall, the live loss stays beside the validation loss. `east`
overfits: its training loss keeps falling, its validation loss has its minimum at epoch 7 and then
rises with the live loss. `south` leaked: from epoch 1 on 6 % of its validation samples are in the
training set, and its validation loss follows the training loss down while the live loss does not.
`west` drifted: training and validation loss are those of `north`, but the live loss rises from week
to week. One would deploy `north`.
"""

rubric = {
    "north: nothing is wrong, with the columns that show it": 1,
    "east: overfitting, the rise of val_loss after epoch 7 together with live_loss": 2,
    "south: leakage, overlap above 0 and a live_loss far above val_loss": 2,
    "west: drift, live_loss rises although val_loss falls, and overlap is 0": 2,
    "For at least two runs, what another explanation would have looked like": 1,
    "A next step that fits each cause: stop earlier, a new validation set, new data": 1,
    "north is chosen, with a reason": 1,
}
