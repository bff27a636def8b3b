enum GitHubPlaceholder {}
