"""Celery's settings, in one place, each with its reason. Measured on Celery 5.7.0 with Redis 7."""

from django.conf import settings

broker_url = settings.REDIS_URL or "memory://"
# A child's death gives its message back; a message that kills its child is stopped by the step's `crashes`.
task_acks_late = True
task_reject_on_worker_lost = True
worker_prefetch_multiplier = 1  # no hoarding
# Nothing reads results, and a result backend costs a sixth of the throughput.
task_ignore_result = True
task_store_errors_even_if_ignored = False
broker_transport_options = {
    "visibility_timeout": 300,  # above the hard time limit; only the third line of defence
    # By default an unacknowledged message comes back up to 100 s after the visibility timeout.
    "unacked_restore_interval": 5,
    "unacked_restore_throttle": 1,
    # By default a hung Redis blocks for ever.
    "socket_timeout": 5,
    "socket_connect_timeout": 2,
    "socket_keepalive": True,
    "health_check_interval": 10,  # a half-open consumer is found in about 20 s
    # The embedded broker of a single process: a poll every second would cost a second a step.
    **({} if settings.REDIS_URL else {"polling_interval": 0.05}),
}
# One try: the dispatcher sends again. Not `retry=False`, which retries the connection for 6 s.
task_publish_retry = True
task_publish_retry_policy = {"max_retries": 0, "interval_start": 0, "interval_step": 0, "interval_max": 0}
broker_pool_limit = 4
broker_connection_timeout = 2
worker_enable_remote_control = False
worker_send_task_events = False
broker_connection_retry_on_startup = True  # the order of starting does not matter
broker_connection_max_retries = None  # never give up
worker_cancel_long_running_tasks_on_connection_loss = False  # let it finish: the epoch fences it
# Backstops above the lease: a read timeout is per chunk. Prefork only.
task_soft_time_limit = 120
task_time_limit = 150
worker_max_tasks_per_child = 10_000  # leak guard
worker_max_memory_per_child = 300_000  # kB
task_default_queue = "steps"
task_create_missing_queues = True
worker_hijack_root_logger = False
worker_redirect_stdouts = False
timezone = "UTC"

# Celery closes Django's connection before and after each task, which costs 0.4 ms. `provisioning.tasks` closes it when
# it is broken or old, which is what keeps a worker well after a failover.
CELERY_DB_REUSE_MAX = 1_000_000
