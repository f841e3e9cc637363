	.config	default
	.file	"rewrite.norman"
	.program	egress, s0.0, 4294901760
	.entry	0, r0, 0
	.entry	0, r2, 20
	.entry	0, r1, 10
	.entry	0, r3, 9
	.entry	0, r8, 8
	.row	s0.0, 2
	tst p2, r0, 32768
	tsz p1, r0, 16777216
	.next	s1.0
	.row	s1.0, 4
	tsz p0, r0, 256
	and r4, r2.h1, 3
	.branch	p2, s3.1, s2.0
	.row	s2.0, 2
	.branch	p1, exit, s3.0
	.row	s3.0, 4
	shr r2, r8, 16
	and r0, r8, 65535
	.branch	p0, s6.0, s4.0
	.row	s3.1
	event 0, 0
	verdict 4294901817
	.next	exit
	.row	s4.0, 4
	or r5, r4, 184
	act 47
	.next	s6.0
	.row	s6.0, 2
	verdict 65536
	.next	exit
	.exit	eth_dst_hi, r0
	.exit	eth_dst, r1
	.exit	eth_src_hi, r2
	.exit	eth_src, r3
	.exit	tos, r5
