# bsd.cpu.mk: the processor features that ports test with MACHINE_CPU:Msse2 and the like. A fact of platform.mk; without
# one it must still be defined, since makefiles test it bare.
MACHINE_CPU?=
