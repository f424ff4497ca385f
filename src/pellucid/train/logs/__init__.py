"""Logs: a run's numbers where people keep theirs. Each reads events: `trainer.fit(data, 10, on_event=TensorBoard("logs"))`.

What lives here: what other tools read (CSV, TensorBoard, MLflow); each is imported only when one is made. What does not: the
run's own files (`readers/metrics.py`), its page (`report/`).
"""

from pellucid.train.logs.csv_file import CSV
from pellucid.train.logs.mlflow import MLflow
from pellucid.train.logs.run_logs import RunLogs, run_logs
from pellucid.train.logs.tensorboard import TensorBoard

__all__ = ["CSV", "MLflow", "RunLogs", "TensorBoard", "run_logs"]
