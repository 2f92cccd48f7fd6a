"""Policy files and what they decide."""
