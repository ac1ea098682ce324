#!/bin/sh
# boot.sh FOLDER: become systemd, PID 1 of a machine whose root is an overlay over this one's.
#
# Started by box.py, which has made namespaces of our own (pid, mount, uts, ipc, cgroup) and a control group. What is
# written stays in memory and is gone at the end. The network is the machine's own, so servers are reached on 127.0.0.1.
set -eu
folder=$1

mount --make-rprivate /
mount -t tmpfs tmpfs "$folder"
cd "$folder"
mkdir upper work root
mount -t overlay overlay -o "lowerdir=/,upperdir=upper,workdir=work" root
cd root

# The kernel is the machine's own too: what would set its variables must not be able to.
mount -t proc proc proc
mount --bind proc/sys proc/sys
mount -o remount,bind,ro proc/sys
mount -t sysfs sysfs sys

# Version 1 of the control groups: systemd takes it where its own hierarchy is mounted, and mounts the others. It would
# have cpu and cpuacct in one, which the kernel refuses where they are in two already.
mount -t tmpfs -o mode=755 tmpfs sys/fs/cgroup
for hierarchy in systemd cpu cpuacct; do
  mkdir "sys/fs/cgroup/$hierarchy"
  [ "$hierarchy" = systemd ] && options=none,name=systemd || options=$hierarchy
  mount -t cgroup -o "$options" cgroup "sys/fs/cgroup/$hierarchy" || rmdir "sys/fs/cgroup/$hierarchy"
done

# Not the machine's own /dev: journald would leave its /dev/log there.
mount -t tmpfs -o mode=755 tmpfs dev
for device in null zero full random urandom tty; do
  touch "dev/$device"
  mount --bind "/dev/$device" "dev/$device"
done
mkdir dev/pts dev/shm
mount -t devpts -o newinstance,ptmxmode=666,mode=620 devpts dev/pts
mount -t tmpfs -o mode=1777 tmpfs dev/shm
ln -s pts/ptmx dev/ptmx
for link in fd:/proc/self/fd stdin:/proc/self/fd/0 stdout:/proc/self/fd/1 stderr:/proc/self/fd/2; do
  ln -s "${link#*:}" "dev/${link%%:*}"
done

mount -t tmpfs -o mode=755 tmpfs run
mkdir run/lock
mount -t tmpfs -o mode=1777 tmpfs tmp
# Not chroot: a unit with PrivateUsers= could not start, for there is no user namespace to be had below one.
mkdir run/outside
pivot_root . run/outside
umount --lazy run/outside
rmdir run/outside
# systemd itself does so on a machine of its own, and mounts a unit's credentials from a namespace beside.
mount --make-rshared /
# Nothing of the environment of whoever tests, but for what says that this is no machine of its own (systemd(1)).
exec env -i container=punctuald-test PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin \
  /lib/systemd/systemd --system --unit=basic.target --log-target=journal --show-status=0
