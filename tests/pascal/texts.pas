{ The unit's texts and JSON: accents in every kind of host, escapes, surrogates, and JSON that is none. }
program texts;

{$IFNDEF UNICODE}{$MODE DELPHI}{$ENDIF}
{$IFDEF MSWINDOWS}{$APPTYPE CONSOLE}{$ENDIF}

uses
  checks, SysUtils, TillMailJson;

const
  { é, œ and the euro sign; then what no code page of Windows has. }
  ACCENTS: array[0..3] of Word = (Ord('x'), $E9, $153, $20AC);
  FACE: array[0..1] of Word = ($D83D, $DE00);

function Units(const Signs: array of Word): UnicodeString;
var
  At: Integer;
begin
  SetLength(Result, Length(Signs));
  for At := 0 to High(Signs) do
    Result[At + 1] := WideChar(Signs[At]);
end;

function Hex(const Bytes: RawByteString): string;
var
  At: Integer;
begin
  Result := '';
  for At := 1 to Length(Bytes) do
    Result := Result + IntToHex(Ord(Bytes[At]), 2);
end;

procedure Bytes;
begin
  Same('78C3A9C593E282AC', Hex(MailUtf8(Units(ACCENTS))), 'UTF-8 of accents');
  Same('F09F9880', Hex(MailUtf8(Units(FACE))), 'UTF-8 of a surrogate pair');
  Same('EFBFBD', Hex(MailUtf8(Units([$D83D]))), 'UTF-8 of a first half');
  Same('EFBFBD', Hex(MailUtf8(Units([$DE00]))), 'UTF-8 of a second half');
  Same('EFBFBD41', Hex(MailUtf8(Units([$D83D, $41]))), 'UTF-8 of a half and a letter');
  Same('EFBFBDF09F9880EFBFBD', Hex(MailUtf8(Units([$D83D, $D83D, $DE00, $DE00]))), 'UTF-8 of a pair between halves');
  Same('F48FBFBF', Hex(MailUtf8(Units([$DBFF, $DFFF]))), 'UTF-8 of the last character');
  Same('DFBFE0A080EFBFBF', Hex(MailUtf8(Units([$7FF, $800, $FFFF]))), 'UTF-8 at the borders');
  Check(MailFromUtf8('x'#$C3#$A9#$C5#$93#$E2#$82#$AC) = Units(ACCENTS), 'UTF-16 of accents');
  Check(MailFromUtf8(#$F0#$9F#$98#$80) = Units(FACE), 'UTF-16 of a surrogate pair');
  Check(MailFromUtf8(nil) = '', 'UTF-16 of nothing');
  Check(MailFromUtf8('a'#$C3) = Units([Ord('a'), $FFFD]), 'UTF-16 of a cut character');
  Check(MailFromUtf8(#$C0#$AF) = Units([$FFFD, $FFFD]), 'UTF-16 of an overlong character');
  Check(MailFromUtf8(#$ED#$A0#$BD) = Units([$FFFD, $FFFD, $FFFD]), 'UTF-16 of a half in UTF-8');
  Check(MailFromUtf8(#$F4#$90#$80#$80) = Units([$FFFD, $FFFD, $FFFD, $FFFD]), 'UTF-16 of what is no character');
end;

procedure Hosts;
begin
  Check(MailWide(MailHost(Units(ACCENTS), False)) = Units(ACCENTS), 'accents go through the host');
  Same(string(Units(ACCENTS)), MailHost(Units(ACCENTS), False), 'accents in the host');
  Same(string(Units(ACCENTS)), MailText('x\u00e9\u0153\u20AC'), 'accents from an ASCII source');
  Check(MailWide(MailHost('"' + Units(FACE) + '"', True)) <> '"??"', 'a face in JSON is not lost');
  {$IFDEF PAGE1252}
  Check(Length(MailText('\u00e9\u0153\u20AC')) = 3, 'one byte a character');
  Same(#$E9#$9C#$80, MailText('\u00e9\u0153\u20AC'), 'bytes of code page 1252');
  Same('"\ud83d\ude00\u0142 l"', MailHost('"' + Units(FACE) + Units([$142]) + ' l"', True), 'what 1252 lacks');
  {$ELSE}
  Check(MailWide(MailHost(Units(FACE), False)) = Units(FACE), 'a face goes through the host');
  {$ENDIF}
end;

procedure Found(const Json, Path, Wanted: string);
var
  Value: string;
begin
  Check(MailJsonFind(Json, Path, Value), Path + ' is not found in ' + Json);
  Same(Wanted, Value, Path + ' in ' + Json);
  Same(Wanted, MailJsonText(Json, Path), Path + ' in ' + Json);
end;

procedure NotFound(const Json, Path: string);
var
  Value: string;
begin
  Value := 'before';
  Check(not MailJsonFind(Json, Path, Value), Path + ' is found in ' + Json);
  Same('', Value, Path + ' in ' + Json);
end;

procedure Reads;
begin
  Found('{"id":12,"state":"sent"}', 'state', 'sent');
  Found('{"id":12,"state":"sent"}', 'id', '12');
  Found('{"id":9223372036854775807}', 'id', '9223372036854775807');
  Found(' { "a" : { "b" : [ 1 , -2.5e3 , { "c" : true } ] } , "d" : null } ', 'a.b[1]', '-2.5e3');
  Found(' { "a" : { "b" : [ 1 , 2 , { "c" : true } ] } , "d" : null } ', 'a.b[2].c', 'true');
  Found('{"a":{"b":1},"d":null}', 'd', '');
  Found('{"a":{"b":[1,{}]},"d":null}', 'a', '{"b":[1,{}]}');
  Found('{"a":"}]{[,:","b":"\\","c":"\"","d":1}', 'd', '1');
  Found('{"a":"}]{[,:","b":"\\","c":"\"","d":1}', 'b', '\');
  Found('{"a":"\"\\\/\b\f\n\r\t"}', 'a', '"\/'#8#12#10#13#9);
  Found('{"a":"\u00e9\u0153\u20ac"}', 'a', MailText('\u00E9\u0153\u20AC'));
  Found('{"\u0061":1}', 'a', '1');
  Found('{"a":{"x":0},"x":1}', 'x', '1');
  Found('{"a":{"b":0},"a.b":1}', 'a.b', '1');
  Found('{"a":{"b":0,"b.c[1]":2},"c":1}', 'a.b.c[1]', '2');
  Found('[[],[1,[2]]]', '[1][1][0]', '2');
  Found('{"a":[]}', 'a', '[]');
  Found('{"a":""}', 'a', '');
  Check(MailJsonText('{"a":"\ud83d\ude00"}', 'a') = MailHost(Units(FACE), False), 'an escaped surrogate pair');
  NotFound('{"a":1}', 'b');
  NotFound('{"a":1}', 'a.b');
  NotFound('{"a":[1]}', 'a[1]');
  NotFound('{"a":[]}', 'a[0]');
  NotFound('{"a":[1]}', 'a[-1]');
  NotFound('{"a":[1]}', 'a[x]');
  NotFound('{"a":"b', 'a');
  NotFound('{"a":"b\', 'a');
  NotFound('{"a":', 'a');
  NotFound('{"a"', 'a');
  NotFound('{"a" 1}', 'a');
  NotFound('{', 'a');
  NotFound('', 'a');
  NotFound('no JSON', 'a');
  NotFound('{"a":[1,2', 'a');
  NotFound('{"a":1,}', 'b');
end;

procedure Deep;
var
  Json: string;
begin
  Json := '{"a":' + StringOfChar('[', 200000) + StringOfChar(']', 200000) + ',"b":1}';
  Found(Json, 'b', '1');
end;

procedure Writes;
var
  All: string;
  At: Integer;
begin
  Same('""', MailJsonQuote(''), 'nothing');
  Same('"a\"b\\c\u000d\u000a\u0009\u007f"', MailJsonQuote('a"b\c'#13#10#9#127), 'signs');
  Same('"x\u00e9\u0153\u20ac"', MailJsonQuote(MailText('x\u00e9\u0153\u20ac')), 'accents');
  {$IFNDEF PAGE1252}
  Same('"\ud83d\ude00"', MailJsonQuote(MailHost(Units(FACE), False)), 'a surrogate pair');
  {$ENDIF}
  {$IFDEF UNICODE}
  Same('"\ufffda"', MailJsonQuote(Units([$D83D]) + 'a'), 'half a pair');
  {$ENDIF}
  All := '';
  for At := 1 to 255 do
    All := All + MailText('\u' + IntToHex(At, 4));
  {$IFNDEF PAGE1252}
  Same(All, MailJsonText('{"a":' + MailJsonQuote(All) + '}', 'a'), 'there and back');
  {$ELSE}
  Same(Copy(All, 1, 127) + Copy(All, 160, 96), Copy(MailJsonText('{"a":' + MailJsonQuote(All) + '}', 'a'), 1, 127) +
    Copy(MailJsonText('{"a":' + MailJsonQuote(All) + '}', 'a'), 160, 96), 'there and back');
  {$ENDIF}
end;

{ Half a second is far more than a straight walk needs, and far less than one that copies at each character. }
procedure Quick;
var
  Long, Json: string;
  Begun: TDateTime;
begin
  Long := StringOfChar('"', 1000000);
  Begun := Now;
  Json := '{"a":' + MailJsonQuote(Long) + ',"b":[' + MailJsonQuote(Long) + ']}';
  Check(MailJsonText(Json, 'b[0]') = Long, 'a million signs');
  Check((Now - Begun) * 86400 < 10, 'a million signs take too long');
end;

begin
  Bytes;
  Hosts;
  Reads;
  Deep;
  Writes;
  Quick;
  Ended;
end.
