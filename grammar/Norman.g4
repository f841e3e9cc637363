// The grammar of Norman's policy language; LANGUAGE.md says what its sentences mean.
//
// Almost every decision is LL(1), so that parsing needs no prediction tables. Operators of arithmetic stand in one
// flat list: compiler/parse gives them the precedence that LANGUAGE.md states.
grammar Norman;

program: declaration* EOF;

declaration
    : importDecl
    | policyDecl
    | chainDecl
    | constDecl
    | setDecl
    | mapDecl
    | counterDecl
    | meterDecl
    | quotaDecl
    | stateDecl
    | functionDecl
    | notYetDecl
    ;

importDecl: IMPORT (STRING | path) SEMI;

// ------------------------------------------------------------------------------------------------- policies

policyDecl: POLICY ID LBRACE policyItem* RBRACE;

// A chain takes no settings; compiler/parse says so, which reads better than a syntax error.
chainDecl: CHAIN ID LBRACE policyItem* RBRACE;

policyItem
    : HOOK ID (COMMA ID)* SEMI       # hookItem
    | PRIORITY MINUS? INT SEMI       # priorityItem
    | SCOPE ID (COMMA ID)* SEMI      # scopeItem
    | DEFAULT verdict SEMI           # defaultItem
    | letItem                        # localItem
    | notYetDecl                     # reservedItem
    | (ID COLON)? expr ARROW action (COMMA action)* SEMI  # ruleItem
    ;

letItem: LET ID ASSIGN expr SEMI;

action
    : verdict                                   # verdictAction
    | COUNT (ID (LBRACKET expr RBRACKET)?)?     # countAction
    | LOG STRING?                               # logAction
    | CAPTURE                                   # captureAction
    | MARK expr                                 # markAction
    | SWAP LPAREN path COMMA path RPAREN        # swapAction
    | CALL ID                                   # callAction
    | GOTO ID                                   # gotoAction
    | RETURN                                    # returnAction
    | path (ASSIGN expr (IF expr (ELSE expr)?)? | LBRACKET expr (COMMA expr)* RBRACKET)  # assignAction
    | RESERVED_ACTION ~(COMMA | SEMI | LBRACE | RBRACE)*  # reservedAction
    ;

verdict: PASS | DROP | REJECT reason?;
reason: ID (MINUS ID)*;

// ------------------------------------------------------------------------------------------------- declarations

constDecl: CONST ID ASSIGN expr SEMI;
setDecl: SET ID COLON elementType sizeOption? (elementList SEMI? | SEMI);
mapDecl: MAP ID COLON elementType TO ID sizeOption? (mapBody SEMI? | SEMI);
sizeOption: ID INT;  // size N
mapBody: LBRACE (mapEntry (COMMA mapEntry)* COMMA?)? RBRACE;
mapEntry: element TO mapTarget;
mapTarget: constant | verdict | CALL ID | GOTO ID | RETURN;
elementType: ID | LPAREN ID (COMMA ID)+ RPAREN;
counterDecl: COUNTER ID (LBRACKET expr RBRACKET)? SEMI;
meterDecl: METER ID keyClause? LBRACE meterItem* RBRACE;
keyClause: PER (path | LPAREN path (COMMA path)+ RPAREN);
meterItem
    : RATE quantity (SLASH ID)? SEMI  # rateItem
    | BURST quantity SEMI             # burstItem
    | keyOption SEMI                  # meterKeyItem
    ;
keyOption: ID (quantity | WITHIN | EXCEEDS | ID);  // size N, timeout D, full within|exceeds|replace|ignore
quotaDecl: QUOTA ID keyClause? LBRACE quotaItem* RBRACE;
quotaItem
    : quantity SEMI   # limitItem
    | keyOption SEMI  # quotaKeyItem
    ;
stateDecl: SHARED? STATE ID COLON ID keyClause? LBRACE stateItem* RBRACE;
stateItem: keyOption SEMI;
quantity: (INT | DECIMAL) ID?;

functionDecl: FUNCTION ID LPAREN (parameter (COMMA parameter)*)? RPAREN (COLON ID)? functionBody;
functionBody
    : ASSIGN expr SEMI
    | LBRACE letItem* RETURN expr SEMI RBRACE
    ;
parameter: ID COLON ID;

// Words of the language that this compiler does not do yet: skipped as a whole, so that one message says so.
notYetDecl: RESERVED ~(LBRACE | RBRACE | SEMI)* (skippedBlock SEMI? | SEMI);
skippedBlock: LBRACE (skippedBlock | ~(LBRACE | RBRACE))* RBRACE;

// ------------------------------------------------------------------------------------------------- expressions

expr: conjunction (OR conjunction)*;
conjunction: negation (AND negation)*;
negation: NOT negation | comparison;
comparison: arithmetic (comparator arithmetic | IN inTarget)?;
comparator: EQ | NE | LT | LE | GT | GE;
inTarget: elementList | element;
elementList: LBRACE (element (COMMA element)* COMMA?)? RBRACE;
element
    : constant (RANGE constant)?
    | LPAREN element (COMMA element)+ RPAREN
    ;
constant: literal | path;

arithmetic: unary (arithmeticOp unary)*;
arithmeticOp: PIPE | CARET | AMP | SHL | SHR | PLUS | MINUS | STAR | SLASH | PERCENT;
unary: TILDE unary | primary;
primary
    : literal                                            # literalPrimary
    | LPAREN expr (COMMA expr)* RPAREN                   # parenPrimary
    | (EXCEEDS | WITHIN) ID                              # meterPrimary
    | EVERY quantity                                     # everyPrimary
    | CHANCE quantity PERCENT                            # chancePrimary
    | path (LPAREN (expr (COMMA expr)*)? RPAREN | LBRACKET expr (COMMA expr)* RBRACKET)?  # pathPrimary
    ;
literal: quantity | TIME | IPV4 | IPV6 | PREFIX4 | PREFIX6 | MAC | STRING | TRUE | FALSE;

path: ID (DOT segment)*;
segment
    : ID | POLICY | IMPORT | CHAIN | HOOK | PRIORITY | SCOPE | DEFAULT | LET | COUNT | LOG | CAPTURE | MARK | SWAP | PASS | DROP | REJECT
    | CONST | SET | MAP | COUNTER | METER | PER | RATE | BURST | QUOTA | FUNCTION | RETURN | CALL | GOTO | IN | EXCEEDS | WITHIN
    | EVERY | CHANCE | TRUE | FALSE | STATE | SHARED | IF | ELSE
    | RESERVED | RESERVED_ACTION
    ;

// ------------------------------------------------------------------------------------------------- words

POLICY: 'policy';
IMPORT: 'import';
CHAIN: 'chain';
HOOK: 'hook';
PRIORITY: 'priority';
SCOPE: 'scope';
DEFAULT: 'default';
LET: 'let';
COUNT: 'count';
LOG: 'log';
CAPTURE: 'capture';
MARK: 'mark';
SWAP: 'swap';
PASS: 'pass';
DROP: 'drop';
REJECT: 'reject';
CONST: 'const';
SET: 'set';
MAP: 'map';
COUNTER: 'counter';
METER: 'meter';
PER: 'per';
RATE: 'rate';
BURST: 'burst';
QUOTA: 'quota';
STATE: 'state';
SHARED: 'shared';
FUNCTION: 'function';
RETURN: 'return';
IF: 'if';
ELSE: 'else';
CALL: 'call';
GOTO: 'goto';
IN: 'in';
EXCEEDS: 'exceeds';
WITHIN: 'within';
EVERY: 'every';
CHANCE: 'chance';
TRUE: 'true';
FALSE: 'false';
RESERVED: 'scheduler' | 'discipline';
RESERVED_ACTION: 'snat' | 'dnat' | 'masquerade' | 'redirect';

LBRACE: '{';
RBRACE: '}';
LPAREN: '(';
RPAREN: ')';
LBRACKET: '[';
RBRACKET: ']';
SEMI: ';';
COMMA: ',';
COLON: ':';
ARROW: '=>';
TO: '->';
ASSIGN: '=';
OR: '||';
AND: '&&';
NOT: '!';
EQ: '==';
NE: '!=';
LE: '<=';
GE: '>=';
SHL: '<<';
SHR: '>>';
LT: '<';
GT: '>';
PIPE: '|';
CARET: '^';
AMP: '&';
TILDE: '~';
PLUS: '+';
MINUS: '-';
STAR: '*';
SLASH: '/';
PERCENT: '%';
RANGE: '..';
DOT: '.';

// Addresses are taken generously here and read exactly by compiler/parse, which can say what is wrong with them.
fragment D: [0-9];
fragment H: [0-9a-fA-F];
fragment Quad: D+ '.' D+ '.' D+ '.' D+;
fragment Colons: H* ':' H* ':' (H | ':' | '.' D)*;
TIME: D D? ':' D D (':' D D)?;
MAC: H H ':' H H ':' H H ':' H H ':' H H ':' H H;
PREFIX4: Quad '/' D+;
IPV4: Quad;
PREFIX6: Colons '/' D+;
IPV6: Colons;
DECIMAL: D+ '.' D+;
INT: '0x' H+ | '0b' [01]+ | D (D | '_')*;
ID: [a-zA-Z_] [a-zA-Z0-9_]*;
STRING: '"' ~["\r\n]* '"';

SPACE: [ \t\r\n\f]+ -> skip;
LINE_COMMENT: ('//' | '#') ~[\r\n]* -> skip;
BLOCK_COMMENT: '/*' .*? '*/' -> skip;
OPEN_COMMENT: '/*';
OPEN_STRING: '"' ~["\r\n]*;
JUNK: .;
