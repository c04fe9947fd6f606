have openai "$OPENAI" --expires 90d --note trial
