"""For authors of tasks and policies: the contracts as checks, and made-up records, runs and tasks for tests.

- `ilbench.testing.task_contract`: ``check_task(task)`` says in what a task breaks its contract; ``CHECKS``
  are the single checks, for a parametrized test over one's own tasks. ``ilbench author check TASK`` prints
  them.
- `ilbench.testing.policy_contract`: ``check_policy(policy, task)`` says the same of a policy.
- `ilbench.testing.records`: ``make_record`` and ``make_run``, for tests of what reads records.
- `ilbench.testing.toys`: ``HARBOR``, a whole task whose simulator is one line of arithmetic.

Nothing here needs pytest.
"""
