#!/bin/sh
# The network of topology-6 as ip and sysctl commands, in named network namespaces.
# Usage, as root or inside `unshare -rmn`:
#   sh FILE up                build it
#   sh FILE in NODE CMD...    run a command in a node
#   sh FILE down              take it all away
set -eu

up() {
    mkdir -p /run/netns 2>/dev/null && [ -w /run/netns ] || mount -t tmpfs tmpfs /run
    trap 'down 2>/dev/null' EXIT

    # se1 (se)
    #   runs: fulcrum-se < its configuration
    ip netns add fulcrum-topology-6:se1
    [ ! -e /proc/sys/net/ipv6 ] || ip netns exec fulcrum-topology-6:se1 sysctl -qw net/ipv6/conf/all/disable_ipv6=1
    ip netns exec fulcrum-topology-6:se1 sysctl -qw net/ipv4/ip_forward=0
    ip -n fulcrum-topology-6:se1 link set lo up

    # se2 (se)
    #   stands by: takes over when failover is built; se1 owns service1 (172.16.1.21), service2 (172.16.1.21), service3 (10.10.50.21), service4 (10.10.50.21)
    #   runs: fulcrum-se < its configuration
    ip netns add fulcrum-topology-6:se2
    [ ! -e /proc/sys/net/ipv6 ] || ip netns exec fulcrum-topology-6:se2 sysctl -qw net/ipv6/conf/all/disable_ipv6=1
    ip netns exec fulcrum-topology-6:se2 sysctl -qw net/ipv4/ip_forward=0
    ip -n fulcrum-topology-6:se2 link set lo up

    # se3 (se)
    #   stands by: takes over when failover is built; se1 owns service1 (172.16.1.21), service2 (172.16.1.21), service3 (10.10.50.21), service4 (10.10.50.21)
    #   runs: fulcrum-se < its configuration
    ip netns add fulcrum-topology-6:se3
    [ ! -e /proc/sys/net/ipv6 ] || ip netns exec fulcrum-topology-6:se3 sysctl -qw net/ipv6/conf/all/disable_ipv6=1
    ip netns exec fulcrum-topology-6:se3 sysctl -qw net/ipv4/ip_forward=0
    ip -n fulcrum-topology-6:se3 link set lo up

    # client1 (client)
    ip netns add fulcrum-topology-6:client1
    [ ! -e /proc/sys/net/ipv6 ] || ip netns exec fulcrum-topology-6:client1 sysctl -qw net/ipv6/conf/all/disable_ipv6=1
    ip netns exec fulcrum-topology-6:client1 sysctl -qw net/ipv4/ip_forward=0
    ip netns exec fulcrum-topology-6:client1 sysctl -qw net/ipv4/conf/all/rp_filter=2
    ip netns exec fulcrum-topology-6:client1 sysctl -qw net/ipv4/conf/all/accept_redirects=0
    ip netns exec fulcrum-topology-6:client1 sysctl -qw net/ipv4/conf/default/accept_redirects=0
    ip -n fulcrum-topology-6:client1 link set lo up

    # router1 (router)
    ip netns add fulcrum-topology-6:router1
    [ ! -e /proc/sys/net/ipv6 ] || ip netns exec fulcrum-topology-6:router1 sysctl -qw net/ipv6/conf/all/disable_ipv6=1
    ip netns exec fulcrum-topology-6:router1 sysctl -qw net/ipv4/ip_forward=1
    ip netns exec fulcrum-topology-6:router1 sysctl -qw net/ipv4/conf/all/rp_filter=0
    ip netns exec fulcrum-topology-6:router1 sysctl -qw net/ipv4/conf/default/rp_filter=0
    ip netns exec fulcrum-topology-6:router1 sysctl -qw net/ipv4/conf/all/accept_redirects=0
    ip netns exec fulcrum-topology-6:router1 sysctl -qw net/ipv4/conf/default/accept_redirects=0
    ip netns exec fulcrum-topology-6:router1 sysctl -qw net/ipv4/conf/all/send_redirects=0
    ip netns exec fulcrum-topology-6:router1 sysctl -qw net/ipv4/conf/default/send_redirects=0
    ip -n fulcrum-topology-6:router1 link set lo up

    # router2 (router)
    ip netns add fulcrum-topology-6:router2
    [ ! -e /proc/sys/net/ipv6 ] || ip netns exec fulcrum-topology-6:router2 sysctl -qw net/ipv6/conf/all/disable_ipv6=1
    ip netns exec fulcrum-topology-6:router2 sysctl -qw net/ipv4/ip_forward=1
    ip netns exec fulcrum-topology-6:router2 sysctl -qw net/ipv4/conf/all/rp_filter=0
    ip netns exec fulcrum-topology-6:router2 sysctl -qw net/ipv4/conf/default/rp_filter=0
    ip netns exec fulcrum-topology-6:router2 sysctl -qw net/ipv4/conf/all/accept_redirects=0
    ip netns exec fulcrum-topology-6:router2 sysctl -qw net/ipv4/conf/default/accept_redirects=0
    ip netns exec fulcrum-topology-6:router2 sysctl -qw net/ipv4/conf/all/send_redirects=0
    ip netns exec fulcrum-topology-6:router2 sysctl -qw net/ipv4/conf/default/send_redirects=0
    ip -n fulcrum-topology-6:router2 link set lo up

    # server1 (server)
    #   runs: fulcrum-server --name server1 --tcp 80 --udp 80
    ip netns add fulcrum-topology-6:server1
    [ ! -e /proc/sys/net/ipv6 ] || ip netns exec fulcrum-topology-6:server1 sysctl -qw net/ipv6/conf/all/disable_ipv6=1
    ip netns exec fulcrum-topology-6:server1 sysctl -qw net/ipv4/ip_forward=0
    ip netns exec fulcrum-topology-6:server1 sysctl -qw net/ipv4/conf/all/rp_filter=2
    ip netns exec fulcrum-topology-6:server1 sysctl -qw net/ipv4/conf/all/accept_redirects=0
    ip netns exec fulcrum-topology-6:server1 sysctl -qw net/ipv4/conf/default/accept_redirects=0
    ip -n fulcrum-topology-6:server1 link set lo up

    # server2 (server)
    #   runs: fulcrum-server --name server2 --tcp 80 --udp 80
    ip netns add fulcrum-topology-6:server2
    [ ! -e /proc/sys/net/ipv6 ] || ip netns exec fulcrum-topology-6:server2 sysctl -qw net/ipv6/conf/all/disable_ipv6=1
    ip netns exec fulcrum-topology-6:server2 sysctl -qw net/ipv4/ip_forward=0
    ip netns exec fulcrum-topology-6:server2 sysctl -qw net/ipv4/conf/all/rp_filter=2
    ip netns exec fulcrum-topology-6:server2 sysctl -qw net/ipv4/conf/all/accept_redirects=0
    ip netns exec fulcrum-topology-6:server2 sysctl -qw net/ipv4/conf/default/accept_redirects=0
    ip -n fulcrum-topology-6:server2 link set lo up

    # server3 (server)
    #   runs: fulcrum-server --name server3 --tcp 80 --udp 80
    ip netns add fulcrum-topology-6:server3
    [ ! -e /proc/sys/net/ipv6 ] || ip netns exec fulcrum-topology-6:server3 sysctl -qw net/ipv6/conf/all/disable_ipv6=1
    ip netns exec fulcrum-topology-6:server3 sysctl -qw net/ipv4/ip_forward=0
    ip netns exec fulcrum-topology-6:server3 sysctl -qw net/ipv4/conf/all/rp_filter=2
    ip netns exec fulcrum-topology-6:server3 sysctl -qw net/ipv4/conf/all/accept_redirects=0
    ip netns exec fulcrum-topology-6:server3 sysctl -qw net/ipv4/conf/default/accept_redirects=0
    ip -n fulcrum-topology-6:server3 link set lo up

    # server4 (server)
    #   runs: fulcrum-server --name server4 --tcp 80 --udp 80
    ip netns add fulcrum-topology-6:server4
    [ ! -e /proc/sys/net/ipv6 ] || ip netns exec fulcrum-topology-6:server4 sysctl -qw net/ipv6/conf/all/disable_ipv6=1
    ip netns exec fulcrum-topology-6:server4 sysctl -qw net/ipv4/ip_forward=0
    ip netns exec fulcrum-topology-6:server4 sysctl -qw net/ipv4/conf/all/rp_filter=2
    ip netns exec fulcrum-topology-6:server4 sysctl -qw net/ipv4/conf/all/accept_redirects=0
    ip netns exec fulcrum-topology-6:server4 sysctl -qw net/ipv4/conf/default/accept_redirects=0
    ip -n fulcrum-topology-6:server4 link set lo up

    # server5 (server)
    #   runs: fulcrum-server --name server5 --tcp 80 --udp 80
    ip netns add fulcrum-topology-6:server5
    [ ! -e /proc/sys/net/ipv6 ] || ip netns exec fulcrum-topology-6:server5 sysctl -qw net/ipv6/conf/all/disable_ipv6=1
    ip netns exec fulcrum-topology-6:server5 sysctl -qw net/ipv4/ip_forward=0
    ip netns exec fulcrum-topology-6:server5 sysctl -qw net/ipv4/conf/all/rp_filter=2
    ip netns exec fulcrum-topology-6:server5 sysctl -qw net/ipv4/conf/all/accept_redirects=0
    ip netns exec fulcrum-topology-6:server5 sysctl -qw net/ipv4/conf/default/accept_redirects=0
    ip -n fulcrum-topology-6:server5 link set lo up

    # server6 (server)
    #   runs: fulcrum-server --name server6 --tcp 80 --udp 80
    ip netns add fulcrum-topology-6:server6
    [ ! -e /proc/sys/net/ipv6 ] || ip netns exec fulcrum-topology-6:server6 sysctl -qw net/ipv6/conf/all/disable_ipv6=1
    ip netns exec fulcrum-topology-6:server6 sysctl -qw net/ipv4/ip_forward=0
    ip netns exec fulcrum-topology-6:server6 sysctl -qw net/ipv4/conf/all/rp_filter=2
    ip netns exec fulcrum-topology-6:server6 sysctl -qw net/ipv4/conf/all/accept_redirects=0
    ip netns exec fulcrum-topology-6:server6 sysctl -qw net/ipv4/conf/default/accept_redirects=0
    ip -n fulcrum-topology-6:server6 link set lo up

    # client2 (client)
    ip netns add fulcrum-topology-6:client2
    [ ! -e /proc/sys/net/ipv6 ] || ip netns exec fulcrum-topology-6:client2 sysctl -qw net/ipv6/conf/all/disable_ipv6=1
    ip netns exec fulcrum-topology-6:client2 sysctl -qw net/ipv4/ip_forward=0
    ip netns exec fulcrum-topology-6:client2 sysctl -qw net/ipv4/conf/all/rp_filter=2
    ip netns exec fulcrum-topology-6:client2 sysctl -qw net/ipv4/conf/all/accept_redirects=0
    ip netns exec fulcrum-topology-6:client2 sysctl -qw net/ipv4/conf/default/accept_redirects=0
    ip -n fulcrum-topology-6:client2 link set lo up

    # router3 (router)
    ip netns add fulcrum-topology-6:router3
    [ ! -e /proc/sys/net/ipv6 ] || ip netns exec fulcrum-topology-6:router3 sysctl -qw net/ipv6/conf/all/disable_ipv6=1
    ip netns exec fulcrum-topology-6:router3 sysctl -qw net/ipv4/ip_forward=1
    ip netns exec fulcrum-topology-6:router3 sysctl -qw net/ipv4/conf/all/rp_filter=0
    ip netns exec fulcrum-topology-6:router3 sysctl -qw net/ipv4/conf/default/rp_filter=0
    ip netns exec fulcrum-topology-6:router3 sysctl -qw net/ipv4/conf/all/accept_redirects=0
    ip netns exec fulcrum-topology-6:router3 sysctl -qw net/ipv4/conf/default/accept_redirects=0
    ip netns exec fulcrum-topology-6:router3 sysctl -qw net/ipv4/conf/all/send_redirects=0
    ip netns exec fulcrum-topology-6:router3 sysctl -qw net/ipv4/conf/default/send_redirects=0
    ip -n fulcrum-topology-6:router3 link set lo up

    # router4 (router)
    ip netns add fulcrum-topology-6:router4
    [ ! -e /proc/sys/net/ipv6 ] || ip netns exec fulcrum-topology-6:router4 sysctl -qw net/ipv6/conf/all/disable_ipv6=1
    ip netns exec fulcrum-topology-6:router4 sysctl -qw net/ipv4/ip_forward=1
    ip netns exec fulcrum-topology-6:router4 sysctl -qw net/ipv4/conf/all/rp_filter=0
    ip netns exec fulcrum-topology-6:router4 sysctl -qw net/ipv4/conf/default/rp_filter=0
    ip netns exec fulcrum-topology-6:router4 sysctl -qw net/ipv4/conf/all/accept_redirects=0
    ip netns exec fulcrum-topology-6:router4 sysctl -qw net/ipv4/conf/default/accept_redirects=0
    ip netns exec fulcrum-topology-6:router4 sysctl -qw net/ipv4/conf/all/send_redirects=0
    ip netns exec fulcrum-topology-6:router4 sysctl -qw net/ipv4/conf/default/send_redirects=0
    ip -n fulcrum-topology-6:router4 link set lo up

    # server7 (server)
    #   runs: fulcrum-server --name server7 --tcp 80 --udp 80
    ip netns add fulcrum-topology-6:server7
    [ ! -e /proc/sys/net/ipv6 ] || ip netns exec fulcrum-topology-6:server7 sysctl -qw net/ipv6/conf/all/disable_ipv6=1
    ip netns exec fulcrum-topology-6:server7 sysctl -qw net/ipv4/ip_forward=0
    ip netns exec fulcrum-topology-6:server7 sysctl -qw net/ipv4/conf/all/rp_filter=2
    ip netns exec fulcrum-topology-6:server7 sysctl -qw net/ipv4/conf/all/accept_redirects=0
    ip netns exec fulcrum-topology-6:server7 sysctl -qw net/ipv4/conf/default/accept_redirects=0
    ip -n fulcrum-topology-6:server7 link set lo up

    # server8 (server)
    #   runs: fulcrum-server --name server8 --tcp 80 --udp 80
    ip netns add fulcrum-topology-6:server8
    [ ! -e /proc/sys/net/ipv6 ] || ip netns exec fulcrum-topology-6:server8 sysctl -qw net/ipv6/conf/all/disable_ipv6=1
    ip netns exec fulcrum-topology-6:server8 sysctl -qw net/ipv4/ip_forward=0
    ip netns exec fulcrum-topology-6:server8 sysctl -qw net/ipv4/conf/all/rp_filter=2
    ip netns exec fulcrum-topology-6:server8 sysctl -qw net/ipv4/conf/all/accept_redirects=0
    ip netns exec fulcrum-topology-6:server8 sysctl -qw net/ipv4/conf/default/accept_redirects=0
    ip -n fulcrum-topology-6:server8 link set lo up

    # server9 (server)
    #   runs: fulcrum-server --name server9 --tcp 80 --udp 80
    ip netns add fulcrum-topology-6:server9
    [ ! -e /proc/sys/net/ipv6 ] || ip netns exec fulcrum-topology-6:server9 sysctl -qw net/ipv6/conf/all/disable_ipv6=1
    ip netns exec fulcrum-topology-6:server9 sysctl -qw net/ipv4/ip_forward=0
    ip netns exec fulcrum-topology-6:server9 sysctl -qw net/ipv4/conf/all/rp_filter=2
    ip netns exec fulcrum-topology-6:server9 sysctl -qw net/ipv4/conf/all/accept_redirects=0
    ip netns exec fulcrum-topology-6:server9 sysctl -qw net/ipv4/conf/default/accept_redirects=0
    ip -n fulcrum-topology-6:server9 link set lo up

    # server10 (server)
    #   runs: fulcrum-server --name server10 --tcp 80 --udp 80
    ip netns add fulcrum-topology-6:server10
    [ ! -e /proc/sys/net/ipv6 ] || ip netns exec fulcrum-topology-6:server10 sysctl -qw net/ipv6/conf/all/disable_ipv6=1
    ip netns exec fulcrum-topology-6:server10 sysctl -qw net/ipv4/ip_forward=0
    ip netns exec fulcrum-topology-6:server10 sysctl -qw net/ipv4/conf/all/rp_filter=2
    ip netns exec fulcrum-topology-6:server10 sysctl -qw net/ipv4/conf/all/accept_redirects=0
    ip netns exec fulcrum-topology-6:server10 sysctl -qw net/ipv4/conf/default/accept_redirects=0
    ip -n fulcrum-topology-6:server10 link set lo up

    # server11 (server)
    #   runs: fulcrum-server --name server11 --tcp 80 --udp 80
    ip netns add fulcrum-topology-6:server11
    [ ! -e /proc/sys/net/ipv6 ] || ip netns exec fulcrum-topology-6:server11 sysctl -qw net/ipv6/conf/all/disable_ipv6=1
    ip netns exec fulcrum-topology-6:server11 sysctl -qw net/ipv4/ip_forward=0
    ip netns exec fulcrum-topology-6:server11 sysctl -qw net/ipv4/conf/all/rp_filter=2
    ip netns exec fulcrum-topology-6:server11 sysctl -qw net/ipv4/conf/all/accept_redirects=0
    ip netns exec fulcrum-topology-6:server11 sysctl -qw net/ipv4/conf/default/accept_redirects=0
    ip -n fulcrum-topology-6:server11 link set lo up

    # server12 (server)
    #   runs: fulcrum-server --name server12 --tcp 80 --udp 80
    ip netns add fulcrum-topology-6:server12
    [ ! -e /proc/sys/net/ipv6 ] || ip netns exec fulcrum-topology-6:server12 sysctl -qw net/ipv6/conf/all/disable_ipv6=1
    ip netns exec fulcrum-topology-6:server12 sysctl -qw net/ipv4/ip_forward=0
    ip netns exec fulcrum-topology-6:server12 sysctl -qw net/ipv4/conf/all/rp_filter=2
    ip netns exec fulcrum-topology-6:server12 sysctl -qw net/ipv4/conf/all/accept_redirects=0
    ip netns exec fulcrum-topology-6:server12 sysctl -qw net/ipv4/conf/default/accept_redirects=0
    ip -n fulcrum-topology-6:server12 link set lo up

    ip netns add fulcrum-topology-6::segments
    [ ! -e /proc/sys/net/ipv6 ] || ip netns exec fulcrum-topology-6::segments sysctl -qw net/ipv6/conf/all/disable_ipv6=1
    ip -n fulcrum-topology-6::segments link add br0 type bridge stp_state 0 forward_delay 0 mcast_snooping 0 # segment segment1
    ip -n fulcrum-topology-6::segments link set br0 up
    ip -n fulcrum-topology-6::segments link add br1 type bridge stp_state 0 forward_delay 0 mcast_snooping 0 # segment segment2
    ip -n fulcrum-topology-6::segments link set br1 up
    ip -n fulcrum-topology-6::segments link add br2 type bridge stp_state 0 forward_delay 0 mcast_snooping 0 # segment segment3
    ip -n fulcrum-topology-6::segments link set br2 up
    ip -n fulcrum-topology-6::segments link add br3 type bridge stp_state 0 forward_delay 0 mcast_snooping 0 # segment segment4
    ip -n fulcrum-topology-6::segments link set br3 up
    ip -n fulcrum-topology-6::segments link add br4 type bridge stp_state 0 forward_delay 0 mcast_snooping 0 # segment segment5
    ip -n fulcrum-topology-6::segments link set br4 up
    ip -n fulcrum-topology-6::segments link add br5 type bridge stp_state 0 forward_delay 0 mcast_snooping 0 # segment segment6
    ip -n fulcrum-topology-6::segments link set br5 up
    ip -n fulcrum-topology-6::segments link add br6 type bridge stp_state 0 forward_delay 0 mcast_snooping 0 # segment segment7
    ip -n fulcrum-topology-6::segments link set br6 up
    ip -n fulcrum-topology-6::segments link add br7 type bridge stp_state 0 forward_delay 0 mcast_snooping 0 # segment segment8
    ip -n fulcrum-topology-6::segments link set br7 up
    ip -n fulcrum-topology-6::segments link add port0 type veth peer name eth1 netns fulcrum-topology-6:router1
    ip -n fulcrum-topology-6::segments link set port0 mtu 1500 master br0 up
    ip -n fulcrum-topology-6::segments link add port1 type veth peer name eth0 netns fulcrum-topology-6:se1
    ip -n fulcrum-topology-6::segments link set port1 mtu 1500 master br0 up
    ip -n fulcrum-topology-6::segments link add port2 type veth peer name eth0 netns fulcrum-topology-6:se2
    ip -n fulcrum-topology-6::segments link set port2 mtu 1500 master br0 up
    ip -n fulcrum-topology-6::segments link add port3 type veth peer name eth0 netns fulcrum-topology-6:se3
    ip -n fulcrum-topology-6::segments link set port3 mtu 1500 master br0 up
    ip -n fulcrum-topology-6::segments link add port4 type veth peer name eth1 netns fulcrum-topology-6:se1
    ip -n fulcrum-topology-6::segments link set port4 mtu 1500 master br1 up
    ip -n fulcrum-topology-6::segments link add port5 type veth peer name eth1 netns fulcrum-topology-6:se2
    ip -n fulcrum-topology-6::segments link set port5 mtu 1500 master br1 up
    ip -n fulcrum-topology-6::segments link add port6 type veth peer name eth1 netns fulcrum-topology-6:se3
    ip -n fulcrum-topology-6::segments link set port6 mtu 1500 master br1 up
    ip -n fulcrum-topology-6::segments link add port7 type veth peer name eth0 netns fulcrum-topology-6:router2
    ip -n fulcrum-topology-6::segments link set port7 mtu 1500 master br1 up
    ip -n fulcrum-topology-6::segments link add port8 type veth peer name eth0 netns fulcrum-topology-6:server1
    ip -n fulcrum-topology-6::segments link set port8 mtu 1500 master br2 up
    ip -n fulcrum-topology-6::segments link add port9 type veth peer name eth0 netns fulcrum-topology-6:server2
    ip -n fulcrum-topology-6::segments link set port9 mtu 1500 master br2 up
    ip -n fulcrum-topology-6::segments link add port10 type veth peer name eth0 netns fulcrum-topology-6:server3
    ip -n fulcrum-topology-6::segments link set port10 mtu 1500 master br2 up
    ip -n fulcrum-topology-6::segments link add port11 type veth peer name eth1 netns fulcrum-topology-6:router2
    ip -n fulcrum-topology-6::segments link set port11 mtu 1500 master br2 up
    ip -n fulcrum-topology-6::segments link add port12 type veth peer name eth0 netns fulcrum-topology-6:server4
    ip -n fulcrum-topology-6::segments link set port12 mtu 1500 master br3 up
    ip -n fulcrum-topology-6::segments link add port13 type veth peer name eth0 netns fulcrum-topology-6:server5
    ip -n fulcrum-topology-6::segments link set port13 mtu 1500 master br3 up
    ip -n fulcrum-topology-6::segments link add port14 type veth peer name eth0 netns fulcrum-topology-6:server6
    ip -n fulcrum-topology-6::segments link set port14 mtu 1500 master br3 up
    ip -n fulcrum-topology-6::segments link add port15 type veth peer name eth2 netns fulcrum-topology-6:router2
    ip -n fulcrum-topology-6::segments link set port15 mtu 1500 master br3 up
    ip -n fulcrum-topology-6::segments link add port16 type veth peer name eth1 netns fulcrum-topology-6:router3
    ip -n fulcrum-topology-6::segments link set port16 mtu 1500 master br4 up
    ip -n fulcrum-topology-6::segments link add port17 type veth peer name eth2 netns fulcrum-topology-6:se1
    ip -n fulcrum-topology-6::segments link set port17 mtu 1500 master br4 up
    ip -n fulcrum-topology-6::segments link add port18 type veth peer name eth2 netns fulcrum-topology-6:se2
    ip -n fulcrum-topology-6::segments link set port18 mtu 1500 master br4 up
    ip -n fulcrum-topology-6::segments link add port19 type veth peer name eth2 netns fulcrum-topology-6:se3
    ip -n fulcrum-topology-6::segments link set port19 mtu 1500 master br4 up
    ip -n fulcrum-topology-6::segments link add port20 type veth peer name eth3 netns fulcrum-topology-6:se1
    ip -n fulcrum-topology-6::segments link set port20 mtu 1500 master br5 up
    ip -n fulcrum-topology-6::segments link add port21 type veth peer name eth3 netns fulcrum-topology-6:se2
    ip -n fulcrum-topology-6::segments link set port21 mtu 1500 master br5 up
    ip -n fulcrum-topology-6::segments link add port22 type veth peer name eth3 netns fulcrum-topology-6:se3
    ip -n fulcrum-topology-6::segments link set port22 mtu 1500 master br5 up
    ip -n fulcrum-topology-6::segments link add port23 type veth peer name eth0 netns fulcrum-topology-6:router4
    ip -n fulcrum-topology-6::segments link set port23 mtu 1500 master br5 up
    ip -n fulcrum-topology-6::segments link add port24 type veth peer name eth0 netns fulcrum-topology-6:server7
    ip -n fulcrum-topology-6::segments link set port24 mtu 1500 master br6 up
    ip -n fulcrum-topology-6::segments link add port25 type veth peer name eth0 netns fulcrum-topology-6:server8
    ip -n fulcrum-topology-6::segments link set port25 mtu 1500 master br6 up
    ip -n fulcrum-topology-6::segments link add port26 type veth peer name eth0 netns fulcrum-topology-6:server9
    ip -n fulcrum-topology-6::segments link set port26 mtu 1500 master br6 up
    ip -n fulcrum-topology-6::segments link add port27 type veth peer name eth1 netns fulcrum-topology-6:router4
    ip -n fulcrum-topology-6::segments link set port27 mtu 1500 master br6 up
    ip -n fulcrum-topology-6::segments link add port28 type veth peer name eth0 netns fulcrum-topology-6:server10
    ip -n fulcrum-topology-6::segments link set port28 mtu 1500 master br7 up
    ip -n fulcrum-topology-6::segments link add port29 type veth peer name eth0 netns fulcrum-topology-6:server11
    ip -n fulcrum-topology-6::segments link set port29 mtu 1500 master br7 up
    ip -n fulcrum-topology-6::segments link add port30 type veth peer name eth0 netns fulcrum-topology-6:server12
    ip -n fulcrum-topology-6::segments link set port30 mtu 1500 master br7 up
    ip -n fulcrum-topology-6::segments link add port31 type veth peer name eth2 netns fulcrum-topology-6:router4
    ip -n fulcrum-topology-6::segments link set port31 mtu 1500 master br7 up
    ip -n fulcrum-topology-6:client1 link add eth0 type veth peer name eth0 netns fulcrum-topology-6:router1
    ip -n fulcrum-topology-6:client2 link add eth0 type veth peer name eth0 netns fulcrum-topology-6:router3

    ip -n fulcrum-topology-6:se1 link set eth0 mtu 1500 arp off
    ip -n fulcrum-topology-6:se1 link set eth0 up
    ip -n fulcrum-topology-6:se1 link set eth1 mtu 1500 arp off
    ip -n fulcrum-topology-6:se1 link set eth1 up
    ip -n fulcrum-topology-6:se1 link set eth2 mtu 1500 arp off
    ip -n fulcrum-topology-6:se1 link set eth2 up
    ip -n fulcrum-topology-6:se1 link set eth3 mtu 1500 arp off
    ip -n fulcrum-topology-6:se1 link set eth3 up

    ip -n fulcrum-topology-6:se2 link set eth0 mtu 1500 arp off
    ip -n fulcrum-topology-6:se2 link set eth0 up
    ip -n fulcrum-topology-6:se2 link set eth1 mtu 1500 arp off
    ip -n fulcrum-topology-6:se2 link set eth1 up
    ip -n fulcrum-topology-6:se2 link set eth2 mtu 1500 arp off
    ip -n fulcrum-topology-6:se2 link set eth2 up
    ip -n fulcrum-topology-6:se2 link set eth3 mtu 1500 arp off
    ip -n fulcrum-topology-6:se2 link set eth3 up

    ip -n fulcrum-topology-6:se3 link set eth0 mtu 1500 arp off
    ip -n fulcrum-topology-6:se3 link set eth0 up
    ip -n fulcrum-topology-6:se3 link set eth1 mtu 1500 arp off
    ip -n fulcrum-topology-6:se3 link set eth1 up
    ip -n fulcrum-topology-6:se3 link set eth2 mtu 1500 arp off
    ip -n fulcrum-topology-6:se3 link set eth2 up
    ip -n fulcrum-topology-6:se3 link set eth3 mtu 1500 arp off
    ip -n fulcrum-topology-6:se3 link set eth3 up

    ip -n fulcrum-topology-6:client1 link set eth0 mtu 1500 address 02:62:63:79:ca:57
    ip -n fulcrum-topology-6:client1 address add 192.168.1.101/24 brd + dev eth0
    ip -n fulcrum-topology-6:client1 link set eth0 up

    ip -n fulcrum-topology-6:router1 link set eth0 mtu 1500 address 02:af:6f:2e:13:fc
    ip -n fulcrum-topology-6:router1 address add 192.168.1.1/24 brd + dev eth0
    ip -n fulcrum-topology-6:router1 link set eth0 up
    ip -n fulcrum-topology-6:router1 link set eth1 mtu 1500 address 02:a2:66:fc:6a:4d
    ip -n fulcrum-topology-6:router1 address add 172.16.1.1/24 brd + dev eth1
    ip -n fulcrum-topology-6:router1 link set eth1 up

    ip -n fulcrum-topology-6:router2 link set eth0 mtu 1500 address 02:89:2a:b4:f7:62
    ip -n fulcrum-topology-6:router2 address add 172.16.2.1/24 brd + dev eth0
    ip -n fulcrum-topology-6:router2 link set eth0 up
    ip -n fulcrum-topology-6:router2 link set eth1 mtu 1500 address 02:30:71:c3:fc:d1
    ip -n fulcrum-topology-6:router2 address add 172.16.10.1/24 brd + dev eth1
    ip -n fulcrum-topology-6:router2 link set eth1 up
    ip -n fulcrum-topology-6:router2 link set eth2 mtu 1500 address 02:a5:e3:16:1f:6f
    ip -n fulcrum-topology-6:router2 address add 172.16.20.1/24 brd + dev eth2
    ip -n fulcrum-topology-6:router2 link set eth2 up

    ip -n fulcrum-topology-6:server1 link set eth0 mtu 1500 address 02:c6:cf:16:bc:4a
    ip -n fulcrum-topology-6:server1 address add 172.16.10.101/24 brd + dev eth0
    ip -n fulcrum-topology-6:server1 link set eth0 up

    ip -n fulcrum-topology-6:server2 link set eth0 mtu 1500 address 02:6c:06:6f:64:53
    ip -n fulcrum-topology-6:server2 address add 172.16.10.102/24 brd + dev eth0
    ip -n fulcrum-topology-6:server2 link set eth0 up

    ip -n fulcrum-topology-6:server3 link set eth0 mtu 1500 address 02:30:f1:6a:91:5d
    ip -n fulcrum-topology-6:server3 address add 172.16.10.103/24 brd + dev eth0
    ip -n fulcrum-topology-6:server3 link set eth0 up

    ip -n fulcrum-topology-6:server4 link set eth0 mtu 1500 address 02:97:7d:28:25:aa
    ip -n fulcrum-topology-6:server4 address add 172.16.20.101/24 brd + dev eth0
    ip -n fulcrum-topology-6:server4 link set eth0 up

    ip -n fulcrum-topology-6:server5 link set eth0 mtu 1500 address 02:d1:ad:e4:26:45
    ip -n fulcrum-topology-6:server5 address add 172.16.20.102/24 brd + dev eth0
    ip -n fulcrum-topology-6:server5 link set eth0 up

    ip -n fulcrum-topology-6:server6 link set eth0 mtu 1500 address 02:91:4e:13:96:b9
    ip -n fulcrum-topology-6:server6 address add 172.16.20.103/24 brd + dev eth0
    ip -n fulcrum-topology-6:server6 link set eth0 up

    ip -n fulcrum-topology-6:client2 link set eth0 mtu 1500 address 02:6c:ac:2d:8d:b1
    ip -n fulcrum-topology-6:client2 address add 192.168.1.101/24 brd + dev eth0
    ip -n fulcrum-topology-6:client2 link set eth0 up

    ip -n fulcrum-topology-6:router3 link set eth0 mtu 1500 address 02:ce:88:ae:8b:ab
    ip -n fulcrum-topology-6:router3 address add 192.168.1.1/24 brd + dev eth0
    ip -n fulcrum-topology-6:router3 link set eth0 up
    ip -n fulcrum-topology-6:router3 link set eth1 mtu 1500 address 02:2c:ed:36:61:2f
    ip -n fulcrum-topology-6:router3 address add 10.10.50.1/24 brd + dev eth1
    ip -n fulcrum-topology-6:router3 link set eth1 up

    ip -n fulcrum-topology-6:router4 link set eth0 mtu 1500 address 02:8f:5e:93:d0:1d
    ip -n fulcrum-topology-6:router4 address add 172.16.2.1/24 brd + dev eth0
    ip -n fulcrum-topology-6:router4 link set eth0 up
    ip -n fulcrum-topology-6:router4 link set eth1 mtu 1500 address 02:ba:eb:45:04:95
    ip -n fulcrum-topology-6:router4 address add 172.16.10.1/24 brd + dev eth1
    ip -n fulcrum-topology-6:router4 link set eth1 up
    ip -n fulcrum-topology-6:router4 link set eth2 mtu 1500 address 02:21:de:57:67:15
    ip -n fulcrum-topology-6:router4 address add 172.16.20.1/24 brd + dev eth2
    ip -n fulcrum-topology-6:router4 link set eth2 up

    ip -n fulcrum-topology-6:server7 link set eth0 mtu 1500 address 02:2a:d0:67:75:3d
    ip -n fulcrum-topology-6:server7 address add 172.16.10.101/24 brd + dev eth0
    ip -n fulcrum-topology-6:server7 link set eth0 up

    ip -n fulcrum-topology-6:server8 link set eth0 mtu 1500 address 02:1d:09:48:e2:9a
    ip -n fulcrum-topology-6:server8 address add 172.16.10.102/24 brd + dev eth0
    ip -n fulcrum-topology-6:server8 link set eth0 up

    ip -n fulcrum-topology-6:server9 link set eth0 mtu 1500 address 02:96:12:76:bd:e2
    ip -n fulcrum-topology-6:server9 address add 172.16.10.103/24 brd + dev eth0
    ip -n fulcrum-topology-6:server9 link set eth0 up

    ip -n fulcrum-topology-6:server10 link set eth0 mtu 1500 address 02:ca:54:d5:1c:ba
    ip -n fulcrum-topology-6:server10 address add 172.16.20.101/24 brd + dev eth0
    ip -n fulcrum-topology-6:server10 link set eth0 up

    ip -n fulcrum-topology-6:server11 link set eth0 mtu 1500 address 02:7d:d9:cc:73:f0
    ip -n fulcrum-topology-6:server11 address add 172.16.20.102/24 brd + dev eth0
    ip -n fulcrum-topology-6:server11 link set eth0 up

    ip -n fulcrum-topology-6:server12 link set eth0 mtu 1500 address 02:72:96:ef:a1:6b
    ip -n fulcrum-topology-6:server12 address add 172.16.20.103/24 brd + dev eth0
    ip -n fulcrum-topology-6:server12 link set eth0 up

    ip -n fulcrum-topology-6:client1 route add default via 192.168.1.1 dev eth0 proto static
    ip -n fulcrum-topology-6:server1 route add default via 172.16.10.1 dev eth0 proto static
    ip -n fulcrum-topology-6:server2 route add default via 172.16.10.1 dev eth0 proto static
    ip -n fulcrum-topology-6:server3 route add default via 172.16.10.1 dev eth0 proto static
    ip -n fulcrum-topology-6:server4 route add default via 172.16.20.1 dev eth0 proto static
    ip -n fulcrum-topology-6:server5 route add default via 172.16.20.1 dev eth0 proto static
    ip -n fulcrum-topology-6:server6 route add default via 172.16.20.1 dev eth0 proto static
    ip -n fulcrum-topology-6:client2 route add default via 192.168.1.1 dev eth0 proto static
    ip -n fulcrum-topology-6:server7 route add default via 172.16.10.1 dev eth0 proto static
    ip -n fulcrum-topology-6:server8 route add default via 172.16.10.1 dev eth0 proto static
    ip -n fulcrum-topology-6:server9 route add default via 172.16.10.1 dev eth0 proto static
    ip -n fulcrum-topology-6:server10 route add default via 172.16.20.1 dev eth0 proto static
    ip -n fulcrum-topology-6:server11 route add default via 172.16.20.1 dev eth0 proto static
    ip -n fulcrum-topology-6:server12 route add default via 172.16.20.1 dev eth0 proto static
    trap - EXIT
}

down() {
    ip netns del fulcrum-topology-6:se1 || :
    ip netns del fulcrum-topology-6:se2 || :
    ip netns del fulcrum-topology-6:se3 || :
    ip netns del fulcrum-topology-6:client1 || :
    ip netns del fulcrum-topology-6:router1 || :
    ip netns del fulcrum-topology-6:router2 || :
    ip netns del fulcrum-topology-6:server1 || :
    ip netns del fulcrum-topology-6:server2 || :
    ip netns del fulcrum-topology-6:server3 || :
    ip netns del fulcrum-topology-6:server4 || :
    ip netns del fulcrum-topology-6:server5 || :
    ip netns del fulcrum-topology-6:server6 || :
    ip netns del fulcrum-topology-6:client2 || :
    ip netns del fulcrum-topology-6:router3 || :
    ip netns del fulcrum-topology-6:router4 || :
    ip netns del fulcrum-topology-6:server7 || :
    ip netns del fulcrum-topology-6:server8 || :
    ip netns del fulcrum-topology-6:server9 || :
    ip netns del fulcrum-topology-6:server10 || :
    ip netns del fulcrum-topology-6:server11 || :
    ip netns del fulcrum-topology-6:server12 || :
    ip netns del fulcrum-topology-6::segments || :
}

case ${1:-up} in
up) up ;;
in) node=$2; shift 2; exec ip netns exec fulcrum-topology-6:"$node" "$@" ;;
down) down ;;
*) echo "usage: $0 up | in NODE CMD... | down" >&2; exit 2 ;;
esac
