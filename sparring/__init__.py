"""sparring: find the weaknesses of a function-calling model and train them away.

The library behind the tasks and flows. Nothing here imports prefect, dvc or mlflow.
"""

__version__ = "0.1.0"
