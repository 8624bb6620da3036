"""Work for subscribers: applications, tasks, signals, contacts written up; the rules of each, without I/O."""
