"""All that leans on names of python-engineio, python-socketio and eventlet that are not public."""
