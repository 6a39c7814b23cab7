"""Questions as pages: read, held to the rules, measured against mistakes, built into notebooks."""
