	.config	default
	.file	"rule_list.norman"
	.program	ingress, s0.0, 4294901760
	.entry	0, r0, 24
	.entry	0, r3, 12
	.entry	0, r6, 0
	.row	s0.0, 3
	tst p2, r6, 32768
	tsz p1, r6, 16777216
	.next	s1.0
	.row	s1.0, 5
	tst p3, r6, 8
	tst p0, r6, 128
	.branch	p2, s3.1, s2.0
	.row	s2.0, 3
	.branch	p1, exit, s3.0
	.row	s3.0, 5
	cmp.ltu p2, r3, 167773213
	cmp.ltu p1, r3, 167772424
	.branch	p3, s4.0, s16.3
	.row	s3.1
	event 0, 0
	verdict 4294901817
	.next	exit
	.row	s4.0, 10
	cmp.ltu p3, r3, 167774002
	cmp.eq p4, r3, 167772686
	.branch	p0, s5.0, s16.3
	.row	s5.0, 7
	cmp.eq.and p0, r0.h0, 1002, p4
	cmp.eq p4, r3, 167773475
	.branch	p2, s6.1, s6.0
	.row	s6.0, 10
	.branch	p3, s7.1, s7.0
	.row	s6.1, 5
	.branch	p1, s7.3, s7.2
	.row	s7.0, 13
	cmp.eq p0, r3, 167774264
	cmp.eq p1, r3, 167774527
	.next	s9.0
	.row	s7.1, 10
	cmp.eq.and p1, r0.h0, 1005, p4
	cmp.eq p0, r3, 167773738
	.next	s8.0
	.row	s7.2, 8
	cmp.eq p1, r3, 167772949
	.branch	p0, s9.4, s9.3
	.row	s7.3, 5
	cmp.eq p0, r3, 167772160
	.next	s9.5
	.row	s8.0, 10
	.branch	p1, s9.2, s9.1
	.row	s9.0, 13
	cmp.eq.and p2, r0.h0, 1008, p0
	cmp.eq.and p1, r0.h0, 1009, p1
	.next	s10.0
	.row	s9.1, 11
	cmp.eq.and p1, r0.h0, 1006, p0
	cmp.eq p0, r3, 167774001
	.next	s10.1
	.row	s9.2, 10
	event 0, 1
	verdict 327681
	.next	exit
	.row	s9.3, 8
	cmp.eq.and p1, r0.h0, 1003, p1
	cmp.eq p0, r3, 167773212
	.next	s10.2
	.row	s9.4, 7
	event 0, 1
	verdict 131073
	.next	exit
	.row	s9.5, 5
	cmp.eq.and p1, r0.h0, 1000, p0
	cmp.eq p0, r3, 167772423
	.next	s10.3
	.row	s10.0, 15
	cmp.eq p0, r3, 167774790
	.branch	p2, s13.2, s11.0
	.row	s10.1, 11
	.branch	p1, s13.4, s13.3
	.row	s10.2, 8
	.branch	p1, s13.6, s13.5
	.row	s10.3, 5
	.branch	p1, s13.8, s13.7
	.row	s11.0, 14
	.branch	p1, s13.1, s13.0
	.row	s13.0, 15
	cmp.eq.and p0, r0.h0, 1010, p0
	.next	s14.0
	.row	s13.1, 14
	event 0, 1
	verdict 589825
	.next	exit
	.row	s13.2, 13
	event 0, 1
	verdict 524289
	.next	exit
	.row	s13.3, 12
	cmp.eq.and p0, r0.h0, 1007, p0
	.next	s14.1
	.row	s13.4, 11
	event 0, 1
	verdict 393217
	.next	exit
	.row	s13.5, 9
	cmp.eq.and p0, r0.h0, 1004, p0
	.next	s14.2
	.row	s13.6, 8
	event 0, 1
	verdict 196609
	.next	exit
	.row	s13.7, 6
	cmp.eq.and p0, r0.h0, 1001, p0
	.next	s14.3
	.row	s13.8, 5
	event 0, 1
	verdict 1
	.next	exit
	.row	s14.0, 15
	.branch	p0, s16.0, s16.3
	.row	s14.1, 12
	.branch	p0, s16.1, s16.3
	.row	s14.2, 9
	.branch	p0, s16.2, s16.3
	.row	s14.3, 6
	.branch	p0, s16.4, s16.3
	.row	s16.0, 15
	event 0, 1
	verdict 655361
	.next	exit
	.row	s16.1, 12
	event 0, 1
	verdict 458753
	.next	exit
	.row	s16.2, 9
	event 0, 1
	verdict 262145
	.next	exit
	.row	s16.3, 3
	verdict 720896
	.next	exit
	.row	s16.4, 6
	event 0, 1
	verdict 65537
	.next	exit
# counter hits: ingress, base 1, size 1
