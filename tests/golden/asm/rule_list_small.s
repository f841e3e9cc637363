	.config	small
	.file	"rule_list_small.norman"
	.program	ingress, s0.0, 4294901760
	.entry	0, r0, 24
	.entry	0, r3, 0
	.row	s0.0, 2
	tst p3, r3, 32768
	tsz p0, r3, 16777216
	.next	s1.0
	.row	s1.0, 4
	cmp.ltu p2, r0.h0, 526
	cmp.ltu p1, r0.h0, 205
	.branch	p3, s3.1, s2.0
	.row	s2.0, 2
	.branch	p0, exit, s3.0
	.row	s3.0, 9
	cmp.ltu p3, r0.h0, 750
	tst p0, r3, 128
	.branch	p2, s4.1, s4.0
	.row	s3.1
	event 0, 0
	verdict 4294901817
	.next	exit
	.row	s4.0, 9
	.branch	p3, s6.1, s6.0
	.row	s4.1, 4
	.branch	p1, s6.3, s6.2
	.row	s6.0, 11
	cmp.eq.and p1, r0.h0, 864, p0
	.next	s7.0
	.row	s6.1, 9
	cmp.eq.and p1, r0.h0, 636, p0
	.next	s7.1
	.row	s6.2, 6
	cmp.eq.and p2, r0.h0, 309, p0
	cmp.eq.and p1, r0.h0, 416, p0
	.next	s7.2
	.row	s6.3, 4
	cmp.eq.and p1, r0.h0, 101, p0
	.next	s7.3
	.row	s7.0, 11
	.branch	p1, s8.1, s8.0
	.row	s7.1, 9
	.branch	p1, s8.3, s8.2
	.row	s7.2, 6
	.branch	p2, s8.5, s8.4
	.row	s7.3, 4
	.branch	p1, s8.7, s8.6
	.row	s8.0, 12
	cmp.eq.and p1, r0.h0, 981, p0
	cmp.eq.and p0, r0.h0, 1100, p0
	.next	s9.0
	.row	s8.1, 11
	verdict 458753
	.next	exit
	.row	s8.2, 10
	cmp.eq.and p0, r0.h0, 749, p0
	.next	s9.1
	.row	s8.3, 9
	verdict 327681
	.next	exit
	.row	s8.4, 8
	cmp.eq.and p0, r0.h0, 525, p0
	.branch	p1, s11.4, s9.2
	.row	s8.5, 6
	verdict 131073
	.next	exit
	.row	s8.6, 5
	cmp.eq.and p0, r0.h0, 204, p0
	.next	s9.3
	.row	s8.7, 4
	verdict 1
	.next	exit
	.row	s9.0, 12
	.branch	p1, s11.1, s10.0
	.row	s9.1, 10
	.branch	p0, s11.2, s11.5
	.row	s9.2, 8
	.branch	p0, s11.3, s11.5
	.row	s9.3, 5
	.branch	p0, s11.6, s11.5
	.row	s10.0, 13
	.branch	p0, s11.0, s11.5
	.row	s11.0, 13
	verdict 589825
	.next	exit
	.row	s11.1, 12
	verdict 524289
	.next	exit
	.row	s11.2, 10
	verdict 393217
	.next	exit
	.row	s11.3, 8
	verdict 262145
	.next	exit
	.row	s11.4, 7
	verdict 196609
	.next	exit
	.row	s11.5, 2
	verdict 655360
	.next	exit
	.row	s11.6, 5
	verdict 65537
	.next	exit
