"""Published laws of scaling, each in a file with its formula and its source, to be run in the same simulation as ours.

They are written anew from what their makers published. Where that is silent, the docstring says what is assumed. All
are granted our start time, at least one worker, and true counts where their own sensor would have them.
"""
