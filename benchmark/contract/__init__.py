"""What is agreed before anything is played: tasks, environments, policies, the course of an episode."""
