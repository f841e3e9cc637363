// What the packet parser hands to a program: 48 words, and the fields that lie in them.
//
// Word w can be loaded into register r exactly if w mod 3 == r mod 3; the entry map's selector is w div 3. So every
// register has 16 candidates and every word has a third of the registers (a full choice would cost five times the
// LUTs: sizing.md). Fields of several bytes are numbers in host order; bit 0 is the least significant bit.

class EntryWord<int index, string doc> : Documented {
  int Index = index;
  let Doc = doc;
}
// A bit of entry word 0: it says that a header, and with it the fields that name the bit, is present.
class Presence<int bit_, string name, string doc> : Documented {
  int Bit = bit_;
  string Name = name;
  let Doc = doc;
}
// A field of the language. Type is the language's type; Needs lists presence bits that must all be set (none: always
// present); Target names the exit target that
// rewrites it (that of the first word; for a mac that of the low 32 bits, the one before it takes the high 16).
class PacketField<string name, string type, EntryWord word, int lsb, int width, string doc> : Documented {
  string Name = name;
  string Type = type;
  EntryWord Word = word;
  int Lsb = lsb;
  int Width = width;        // 64: two words, low first; 128: four words, most significant first; 48 (mac): the low 32 bits
                            // lie in Word, the high 16 in WEthHi 31:16 (eth.dst), WEthHi 15:0 (eth.src) or in the low
                            // half of the word before (arp)
  list<Presence> Needs = [];
  string Target = "";
  bit Reserved = 0;         // known to the language, refused until the hardware behind it exists
  let Doc = doc;
}

def HasVlan      : Presence<0,  "vlan", "an IEEE 802.1Q or 802.1ad tag">;
def HasVlan2     : Presence<1,  "vlan2", "a second tag">;
def HasArp       : Presence<2,  "arp", "an ARP packet for IPv4 over Ethernet">;
def HasIpv4      : Presence<3,  "ipv4", "an IPv4 header">;
def HasIpv6      : Presence<4,  "ipv6", "an IPv6 header">;
def HasFragment  : Presence<5,  "fragment", "more fragments follow or the fragment offset is not zero">;
def HasLater     : Presence<6,  "later_fragment", "the fragment offset is not zero: no layer 4 header here">;
def HasTcp       : Presence<7,  "tcp", "a TCP header">;
def HasUdp       : Presence<8,  "udp", "a UDP header">;
def HasSctp      : Presence<9,  "sctp", "an SCTP header">;
def HasIcmp      : Presence<10, "icmp", "an ICMP header">;
def HasIcmpv6    : Presence<11, "icmpv6", "an ICMPv6 header">;
def HasPorts     : Presence<12, "ports", "TCP, UDP or SCTP ports">;
def HasIpOptions : Presence<13, "ip_options", "IPv4 options">;
def HasIpv6Ext   : Presence<14, "ipv6_ext", "IPv6 extension headers">;
def Incomplete   : Presence<15, "incomplete", "a fixed header part is cut off by the frame's end or by the 128-byte window">;
def HasOwner     : Presence<16, "owner", "the process that owns the connection is known">;
def HasSocket    : Presence<17, "socket", "the owner at the socket's creation is known">;
def HasConnection: Presence<18, "connection", "reserved: the packet belongs to a connection of the connection table">;
def IsEgress     : Presence<19, "egress", "the packet goes to the wire">;
def IsForward    : Presence<20, "forward", "the packet is being forwarded">;
def IsLocal      : Presence<21, "local", "the destination is an address of this host (ingress only)">;
def HasIn        : Presence<22, "iface_in", "the packet came in through an interface">;
def HasOut       : Presence<23, "iface_out", "the packet goes out through an interface">;
def HasIp        : Presence<24, "ip", "an IPv4 or IPv6 header">;
def AlwaysSet    : Presence<25, "always", "always set">;
def HasEth       : Presence<26, "eth", "an Ethernet header (absent only where the frame is shorter)">;

def WParse    : EntryWord<0,  "presence bits">;
def WIface    : EntryWord<1,  "interfaces: in 15:0, out 31:16">;
def WLength   : EntryWord<2,  "frame length in bytes 15:0, layer 3 offset 23:16, layer 4 offset 31:24">;
def WTimeLo   : EntryWord<3,  "arrival time in ticks of 1/16 ns, low word">;
def WTimeHi   : EntryWord<4,  "arrival time, high word">;
def WMark     : EntryWord<5,  "mark">;
def WRandom   : EntryWord<6,  "random word, new for every packet">;
def WWall     : EntryWord<7,  "wall clock, UTC: second of day 16:0, weekday 26:24 (0 is Sunday)">;
def WEthHi    : EntryWord<8,  "first two bytes of the destination MAC 31:16, of the source MAC 15:0">;
def WEthDst   : EntryWord<9,  "last four bytes of the destination MAC">;
def WEthSrc   : EntryWord<10, "last four bytes of the source MAC">;
def WEthType  : EntryWord<11, "EtherType after all tags 15:0, outer tag control 31:16">;
def WSrc0     : EntryWord<12, "source address: IPv4, ARP sender protocol address, or first word of IPv6">;
def WSrc1     : EntryWord<13, "source address, second word of IPv6; first two bytes of the ARP sender MAC 15:0">;
def WSrc2     : EntryWord<14, "source address, third word of IPv6; last four bytes of the ARP sender MAC">;
def WSrc3     : EntryWord<15, "source address, last word of IPv6">;
def WDst0     : EntryWord<16, "destination address: IPv4, ARP target protocol address, or first word of IPv6">;
def WDst1     : EntryWord<17, "destination address, second word of IPv6; first two bytes of the ARP target MAC 15:0">;
def WDst2     : EntryWord<18, "destination address, third word of IPv6; last four bytes of the ARP target MAC">;
def WDst3     : EntryWord<19, "destination address, last word of IPv6">;
def WL3       : EntryWord<20, "layer 4 protocol 7:0, TTL or hop limit 15:8, traffic class 23:16, IPv4 header length in words 27:24, IP version 31:28">;
def WFrag     : EntryWord<21, "fragment: IPv4 flags and offset as on the wire (IPv6 translated to the same form) 15:0, IPv4 identification 31:16">;
def WFlow     : EntryWord<22, "IPv6 flow label 19:0">;
def WLengths  : EntryWord<23, "IPv4 total length or IPv6 payload length 15:0, UDP length 31:16">;
def WPorts    : EntryWord<24, "destination port 15:0, source port 31:16; ICMP type 31:24, code 23:16, identifier 15:0; ARP operation 15:0">;
def WTcp      : EntryWord<25, "TCP flags 8:0 and data offset 15:12, window 31:16; ICMP sequence number 31:16">;
def WSeq      : EntryWord<26, "TCP sequence number; SCTP verification tag">;
def WAck      : EntryWord<27, "TCP acknowledgment number">;
def WChecksum : EntryWord<28, "IPv4 header checksum 15:0, layer 4 checksum 31:16">;
def WConn     : EntryWord<29, "reserved: connection number">;
def WConnState: EntryWord<30, "reserved: connection state">;
def WOwnUid   : EntryWord<31, "owner: user id">;
def WOwnGid   : EntryWord<32, "owner: group id">;
def WOwnPid   : EntryWord<33, "owner: process id">;
def WOwnComm  : EntryWord<34, "owner: command id">;
def WOwnCgroup: EntryWord<35, "owner: cgroup id">;
def WSockUid  : EntryWord<36, "socket: user id">;
def WSockGid  : EntryWord<37, "socket: group id">;
def WSockCgroup : EntryWord<38, "socket: cgroup id">;
def WPredLo   : EntryWord<39, "owner predicates 31:0 of the epoch">;
def WPredHi   : EntryWord<40, "owner predicates 63:32 of the epoch">;
def WConnLo   : EntryWord<41, "reserved: connection word shared by both directions, low">;
def WConnHi   : EntryWord<42, "reserved: connection word, high">;
def WMisc     : EntryWord<43, "TCP urgent pointer 15:0; ARP hardware type 31:16">;
def WVlan2    : EntryWord<44, "inner tag control 15:0">;
def WSpare0   : EntryWord<45, "reserved, zero (queue length by class comes here)">;
def WSpare1   : EntryWord<46, "reserved, zero (class)">;
def WSpare2   : EntryWord<47, "reserved, zero (sojourn time)">;

class F<string name, string type, EntryWord word, int lsb, int width, string doc, list<Presence> needs = [], string target = "">
    : PacketField<name, type, word, lsb, width, doc> { let Needs = needs; let Target = target; }

def : F<"eth.dst",  "mac", WEthDst, 0, 48, "destination MAC address", [HasEth], "eth_dst">;
def : F<"eth.src",  "mac", WEthSrc, 0, 48, "source MAC address", [HasEth], "eth_src">;
def : F<"eth.type", "u16", WEthType, 0, 16, "EtherType after all VLAN tags", [HasEth]>;
def : F<"vlan.id",  "u12", WEthType, 16, 12, "VLAN of the outer tag", [HasVlan], "vlan_tci">;
def : F<"vlan.dei", "u1",  WEthType, 28, 1, "drop eligible bit of the outer tag", [HasVlan], "vlan_tci">;
def : F<"vlan.pcp", "u3",  WEthType, 29, 3, "priority of the outer tag", [HasVlan], "vlan_tci">;
def : F<"vlan.inner_id", "u12", WVlan2, 0, 12, "VLAN of the inner tag", [HasVlan2]>;
def : F<"arp.op",   "u16", WPorts, 0, 16, "ARP operation: 1 request, 2 reply", [HasArp]>;
def : F<"arp.spa",  "ipv4", WSrc0, 0, 32, "ARP sender protocol address", [HasArp]>;
def : F<"arp.tpa",  "ipv4", WDst0, 0, 32, "ARP target protocol address", [HasArp]>;
def : F<"arp.sha",  "mac", WSrc2, 0, 48, "ARP sender hardware address", [HasArp]>;
def : F<"arp.tha",  "mac", WDst2, 0, 48, "ARP target hardware address", [HasArp]>;
def : F<"ipv4.src", "ipv4", WSrc0, 0, 32, "IPv4 source address", [HasIpv4], "src0">;
def : F<"ipv4.dst", "ipv4", WDst0, 0, 32, "IPv4 destination address", [HasIpv4], "dst0">;
def : F<"ipv4.ttl", "u8", WL3, 8, 8, "IPv4 time to live", [HasIpv4], "ttl">;
def : F<"ipv4.protocol", "u8", WL3, 0, 8, "IPv4 protocol number", [HasIpv4]>;
def : F<"ipv4.tos", "u8", WL3, 16, 8, "IPv4 type of service byte", [HasIpv4], "tos">;
def : F<"ipv4.dscp", "u6", WL3, 18, 6, "IPv4 differentiated services code point", [HasIpv4], "tos">;
def : F<"ipv4.ecn", "u2", WL3, 16, 2, "IPv4 explicit congestion notification", [HasIpv4], "tos">;
def : F<"ipv4.ihl", "u4", WL3, 24, 4, "IPv4 header length in 32-bit words", [HasIpv4]>;
def : F<"ipv4.id",  "u16", WFrag, 16, 16, "IPv4 identification", [HasIpv4]>;
def : F<"ipv4.frag_offset", "u13", WFrag, 0, 13, "IPv4 fragment offset in units of 8 bytes", [HasIpv4]>;
def : F<"ipv4.mf",  "u1", WFrag, 13, 1, "IPv4 more fragments flag", [HasIpv4]>;
def : F<"ipv4.df",  "u1", WFrag, 14, 1, "IPv4 do not fragment flag", [HasIpv4]>;
def : F<"ipv4.total_len", "u16", WLengths, 0, 16, "IPv4 total length in bytes", [HasIpv4]>;
def : F<"ipv4.checksum", "u16", WChecksum, 0, 16, "IPv4 header checksum as received", [HasIpv4]>;
def : F<"ipv6.src", "ipv6", WSrc0, 0, 128, "IPv6 source address", [HasIpv6], "src0">;
def : F<"ipv6.dst", "ipv6", WDst0, 0, 128, "IPv6 destination address", [HasIpv6], "dst0">;
def : F<"ipv6.hop_limit", "u8", WL3, 8, 8, "IPv6 hop limit", [HasIpv6], "ttl">;
def : F<"ipv6.next_header", "u8", WL3, 0, 8, "protocol after the IPv6 extension headers", [HasIpv6]>;
def : F<"ipv6.traffic_class", "u8", WL3, 16, 8, "IPv6 traffic class", [HasIpv6], "tos">;
def : F<"ipv6.dscp", "u6", WL3, 18, 6, "IPv6 differentiated services code point", [HasIpv6], "tos">;
def : F<"ipv6.ecn", "u2", WL3, 16, 2, "IPv6 explicit congestion notification", [HasIpv6], "tos">;
def : F<"ipv6.flow_label", "u20", WFlow, 0, 20, "IPv6 flow label", [HasIpv6]>;
def : F<"ipv6.payload_len", "u16", WLengths, 0, 16, "IPv6 payload length in bytes", [HasIpv6]>;
def : F<"ip.src", "address", WSrc0, 0, 128, "IPv4 or IPv6 source address", [HasIp], "src0">;
def : F<"ip.dst", "address", WDst0, 0, 128, "IPv4 or IPv6 destination address", [HasIp], "dst0">;
def : F<"ip.protocol", "u8", WL3, 0, 8, "layer 4 protocol number, after IPv6 extension headers", [HasIp]>;
def : F<"ip.ttl", "u8", WL3, 8, 8, "TTL or hop limit", [HasIp], "ttl">;
def : F<"ip.dscp", "u6", WL3, 18, 6, "differentiated services code point", [HasIp], "tos">;
def : F<"ip.ecn", "u2", WL3, 16, 2, "explicit congestion notification", [HasIp], "tos">;
def : F<"ip.version", "u4", WL3, 28, 4, "4 or 6", [HasIp]>;
def : F<"l4.sport", "port", WPorts, 16, 16, "TCP, UDP or SCTP source port", [HasPorts], "sport">;
def : F<"l4.dport", "port", WPorts, 0, 16, "TCP, UDP or SCTP destination port", [HasPorts], "dport">;
def : F<"tcp.sport", "port", WPorts, 16, 16, "TCP source port", [HasTcp], "sport">;
def : F<"tcp.dport", "port", WPorts, 0, 16, "TCP destination port", [HasTcp], "dport">;
def : F<"tcp.flags", "u9", WTcp, 0, 9, "TCP flags: fin 1, syn 2, rst 4, psh 8, ack 16, urg 32, ece 64, cwr 128, ns 256", [HasTcp]>;
def : F<"tcp.fin", "u1", WTcp, 0, 1, "TCP FIN flag", [HasTcp]>;
def : F<"tcp.syn", "u1", WTcp, 1, 1, "TCP SYN flag", [HasTcp]>;
def : F<"tcp.rst", "u1", WTcp, 2, 1, "TCP RST flag", [HasTcp]>;
def : F<"tcp.psh", "u1", WTcp, 3, 1, "TCP PSH flag", [HasTcp]>;
def : F<"tcp.ack", "u1", WTcp, 4, 1, "TCP ACK flag", [HasTcp]>;
def : F<"tcp.urg", "u1", WTcp, 5, 1, "TCP URG flag", [HasTcp]>;
def : F<"tcp.data_offset", "u4", WTcp, 12, 4, "TCP header length in 32-bit words", [HasTcp]>;
def : F<"tcp.window", "u16", WTcp, 16, 16, "TCP window", [HasTcp]>;
def : F<"tcp.seq", "u32", WSeq, 0, 32, "TCP sequence number", [HasTcp]>;
def : F<"tcp.ack_seq", "u32", WAck, 0, 32, "TCP acknowledgment number", [HasTcp]>;
def : F<"tcp.urgent", "u16", WMisc, 0, 16, "TCP urgent pointer", [HasTcp]>;
def : F<"tcp.checksum", "u16", WChecksum, 16, 16, "TCP checksum as received", [HasTcp]>;
def : F<"udp.sport", "port", WPorts, 16, 16, "UDP source port", [HasUdp], "sport">;
def : F<"udp.dport", "port", WPorts, 0, 16, "UDP destination port", [HasUdp], "dport">;
def : F<"udp.len", "u16", WLengths, 16, 16, "UDP length in bytes", [HasUdp]>;
def : F<"udp.checksum", "u16", WChecksum, 16, 16, "UDP checksum as received", [HasUdp]>;
def : F<"sctp.sport", "port", WPorts, 16, 16, "SCTP source port", [HasSctp]>;
def : F<"sctp.dport", "port", WPorts, 0, 16, "SCTP destination port", [HasSctp]>;
def : F<"sctp.vtag", "u32", WSeq, 0, 32, "SCTP verification tag", [HasSctp]>;
def : F<"icmp.type", "u8", WPorts, 24, 8, "ICMP type", [HasIcmp]>;
def : F<"icmp.code", "u8", WPorts, 16, 8, "ICMP code", [HasIcmp]>;
def : F<"icmp.id", "u16", WPorts, 0, 16, "ICMP identifier (bytes 4 and 5)", [HasIcmp]>;
def : F<"icmp.seq", "u16", WTcp, 16, 16, "ICMP sequence number (bytes 6 and 7)", [HasIcmp]>;
def : F<"icmpv6.type", "u8", WPorts, 24, 8, "ICMPv6 type", [HasIcmpv6]>;
def : F<"icmpv6.code", "u8", WPorts, 16, 8, "ICMPv6 code", [HasIcmpv6]>;
def : F<"icmpv6.id", "u16", WPorts, 0, 16, "ICMPv6 identifier (bytes 4 and 5)", [HasIcmpv6]>;
def : F<"icmpv6.seq", "u16", WTcp, 16, 16, "ICMPv6 sequence number (bytes 6 and 7)", [HasIcmpv6]>;
def : F<"packet.len", "u16", WLength, 0, 16, "frame length in bytes, without the frame check sequence">;
def : F<"packet.mark", "u32", WMark, 0, 32, "mark", [], "mark">;
def : F<"packet.random", "u32", WRandom, 0, 32, "random word, new for every packet">;
def : F<"packet.time", "time", WTimeLo, 0, 64, "arrival time in ticks of 1/16 ns">;
def : F<"time.second_of_day", "u17", WWall, 0, 17, "wall-clock second of the day, UTC">;
def : F<"time.weekday", "u3", WWall, 24, 3, "day of the week, UTC, 0 is Sunday">;
def : F<"iface.in", "iface", WIface, 0, 16, "interface through which the packet came in", [HasIn]>;
def : F<"iface.out", "iface", WIface, 16, 16, "interface through which the packet goes out", [HasOut]>;
def : F<"owner.uid", "u32", WOwnUid, 0, 32, "user id of the process that owns the connection now", [HasOwner]>;
def : F<"owner.gid", "u32", WOwnGid, 0, 32, "group id of the owner", [HasOwner]>;
def : F<"owner.pid", "u32", WOwnPid, 0, 32, "process id of the owner", [HasOwner]>;
def : F<"socket.uid", "u32", WSockUid, 0, 32, "user id at the socket's creation", [HasSocket]>;
def : F<"socket.gid", "u32", WSockGid, 0, 32, "group id at the socket's creation", [HasSocket]>;
def : F<"parse.incomplete", "bool", WParse, 15, 1, "a fixed header part is cut off">;
def : F<"parse.fragment", "bool", WParse, 5, 1, "a fragment, first or later">;
def : F<"parse.later_fragment", "bool", WParse, 6, 1, "a fragment without layer 4 header">;
def : F<"parse.ip_options", "bool", WParse, 13, 1, "IPv4 options are present">;
def : F<"parse.ipv6_ext", "bool", WParse, 14, 1, "IPv6 extension headers are present">;
let Reserved = 1 in {
  def : F<"connection.id", "u32", WConn, 0, 32, "connection number", [HasConnection]>;
  def : F<"connection.state", "u8", WConnState, 0, 8, "connection state", [HasConnection]>;
}

// Where a register goes at the exit, if its bit of the act word is set. Width is what is taken of the selected value; targets as
// wide as a register take it whole.
class ExitTarget<int index, string name, int width, string doc> : Documented {
  int Index = index;
  string Name = name;
  int Width = width;
  let Doc = doc;
}
def TEthDstHi : ExitTarget<0,  "eth_dst_hi", 16, "first two bytes of the destination MAC">;
def TEthDst   : ExitTarget<1,  "eth_dst", 32, "last four bytes of the destination MAC">;
def TEthSrcHi : ExitTarget<2,  "eth_src_hi", 16, "first two bytes of the source MAC">;
def TEthSrc   : ExitTarget<3,  "eth_src", 32, "last four bytes of the source MAC">;
def TVlanTci  : ExitTarget<4,  "vlan_tci", 16, "outer tag control, if there is a tag">;
def TTos      : ExitTarget<5,  "tos", 8, "IPv4 type of service or IPv6 traffic class">;
def TTtl      : ExitTarget<6,  "ttl", 8, "TTL or hop limit">;
def TSrc0     : ExitTarget<7,  "src0", 32, "IPv4 source address, or first word of the IPv6 one">;
def TSrc1     : ExitTarget<8,  "src1", 32, "second word of the IPv6 source address; ignored for IPv4">;
def TSrc2     : ExitTarget<9,  "src2", 32, "third word of the IPv6 source address; ignored for IPv4">;
def TSrc3     : ExitTarget<10, "src3", 32, "last word of the IPv6 source address; ignored for IPv4">;
def TDst0     : ExitTarget<11, "dst0", 32, "IPv4 destination address, or first word of the IPv6 one">;
def TDst1     : ExitTarget<12, "dst1", 32, "second word of the IPv6 destination address; ignored for IPv4">;
def TDst2     : ExitTarget<13, "dst2", 32, "third word of the IPv6 destination address; ignored for IPv4">;
def TDst3     : ExitTarget<14, "dst3", 32, "last word of the IPv6 destination address; ignored for IPv4">;
def TSport    : ExitTarget<15, "sport", 16, "TCP or UDP source port; ignored for others (the SCTP checksum is no sum)">;
def TDport    : ExitTarget<16, "dport", 16, "TCP or UDP destination port; ignored for others">;
def TMark     : ExitTarget<17, "mark", 32, "mark">;
def TClass    : ExitTarget<18, "class", 16, "scheduler class">;
def TLeafRank : ExitTarget<19, "leaf_rank", 32, "rank in the class's queue">;
def TRootRank : ExitTarget<20, "root_rank", 32, "rank of the class's token">;
def TEligLo   : ExitTarget<21, "eligible_lo", 32, "eligible time in ticks of 1/16 ns, low word">;
def TEligHi   : ExitTarget<22, "eligible_hi", 32, "eligible time, high word">;
def TResteer  : ExitTarget<23, "resteer", 16, "ring or port that the packet goes to instead">;
