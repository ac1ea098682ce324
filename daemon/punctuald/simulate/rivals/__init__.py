"""Published laws of scaling, each in a file with its formula and its source, to be run in the same simulation as ours.

They are written anew from what their makers published. Where that says nothing, the docstring says what is assumed. All
of them get our start time, at least one worker, and true counts where their own sensor would have them.
"""
