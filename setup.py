"""The one thing that setup.cfg cannot say: the C helper, left out where it cannot be built."""

from setuptools import Extension, setup

setup(ext_modules=[Extension("chartserver._cohort", ["chartserver/_cohort.c"], optional=True)])
