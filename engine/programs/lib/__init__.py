"""What several programs share: modes, times, sizes, lines, regular expressions, tree copying."""
