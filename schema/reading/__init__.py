"""From a selection to a plan: SQL, and a function that turns its rows into the answer."""
