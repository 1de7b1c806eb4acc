"""What people see of a ticket: views, sentences, explanations."""
