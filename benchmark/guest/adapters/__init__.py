"""Adapters: policies of other libraries, loaded from their files. One module a library, which imports it.

An adapter runs in the policy's process, in the library's own environment: it needs Python, NumPy, its library
and this package. Its library is imported inside of functions, so that whoever looks at an adapter, to digest
its source or to check the house, needs none. What several share imports NumPy alone.
"""
