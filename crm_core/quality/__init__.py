"""Quality of calls: evaluation forms, scores, what is chosen, how graders agree, the life of an evaluation."""
