"""The only home of `select`: each module owns the questions about one thing (shell)."""
