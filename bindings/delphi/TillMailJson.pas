{ Texts between a host and tillmail: the host's strings to UTF-8 and back, and as much JSON as a till needs.

  A host's `string` is AnsiString in its code page (Delphi 7 to 2007, Free Pascal) or UTF-16 (Delphi 2009 and
  later); the library speaks UTF-8. Nothing is lost on the way to the library. On the way back a character that the
  code page lacks stays in JSON as \uXXXX, which is the same JSON, and becomes ? in a plain text. All reading is done
  on UTF-16, because in some code pages (932) a byte of a character can look like a backslash. The source is ASCII,
  so that every compiler reads it alike.

  SPDX-License-Identifier: MIT OR Apache-2.0 }
unit TillMailJson;

{$IFDEF FPC}
  {$IFNDEF UNICODE}{$MODE DELPHI}{$ENDIF}
{$ENDIF}

interface

type
  TMailWide = {$IFDEF FPC}UnicodeString{$ELSE}{$IFDEF UNICODE}string{$ELSE}WideString{$ENDIF}{$ENDIF};
  TMailUtf8 = {$IFDEF FPC}RawByteString{$ELSE}{$IFDEF UNICODE}RawByteString{$ELSE}AnsiString{$ENDIF}{$ENDIF};

{ Gives the value at a path such as mail.state or steps[0].ok: a text without its escapes, null as an empty text,
  everything else as it stands. False where there is none. }
function MailJsonFind(const Json, Path: string; out Value: string): Boolean;
{ The same; an empty text where there is none. }
function MailJsonText(const Json, Path: string): string;
{ Gives a text as a JSON string, quotes included, in ASCII. }
function MailJsonQuote(const Text: string): string;
{ Gives the text that stands between the quotes of a JSON string: accents in a source that has to be ASCII. }
function MailText(const Escaped: string): string;

function MailWide(const Text: string): TMailWide;
function MailUtf8(const Text: TMailWide): TMailUtf8;
function MailFromUtf8(Bytes: PAnsiChar): TMailWide;
{ Gives the host's string; what its code page lacks is written \uXXXX where InJson is set. }
function MailHost(const Text: TMailWide; InJson: Boolean): string;
function MailWideFind(const Json, Path: TMailWide; out Value: TMailWide): Boolean;

implementation

uses
  {$IFDEF MSWINDOWS}Windows, {$ENDIF}SysUtils;

const
  REPLACEMENT = $FFFD;
  { As long as \u00e9. }
  ESCAPE_SIZE = 6;

{ UTF-8 and UTF-16. Delphi 7's own UTF8Encode writes the two halves of a surrogate pair as two characters. }

{ Half a surrogate pair without its other half. }
function IsHalf(const Text: TMailWide; At: Integer): Boolean;
begin
  case Ord(Text[At]) and $FC00 of
    $D800: Result := (At = Length(Text)) or (Ord(Text[At + 1]) and $FC00 <> $DC00);
    $DC00: Result := (At = 1) or (Ord(Text[At - 1]) and $FC00 <> $D800);
  else
    Result := False;
  end;
end;

function MailUtf8(const Text: TMailWide): TMailUtf8;
var
  At, Size: Integer;
  Code: Cardinal;

  procedure Put(Value: Cardinal);
  begin
    Inc(Size);
    Result[Size] := AnsiChar(Value);
  end;

begin
  SetLength(Result, 3 * Length(Text));
  Size := 0;
  At := 1;
  while At <= Length(Text) do
  begin
    Code := Ord(Text[At]);
    if IsHalf(Text, At) then
      Code := REPLACEMENT
    else if Code and $FC00 = $D800 then
    begin
      Inc(At);
      Code := $10000 + (Code and $3FF) shl 10 + Cardinal(Ord(Text[At])) and $3FF;
    end;
    if Code < $80 then
      Put(Code)
    else
    begin
      if Code < $800 then
        Put($C0 or Code shr 6)
      else
      begin
        if Code < $10000 then
          Put($E0 or Code shr 12)
        else
        begin
          Put($F0 or Code shr 18);
          Put($80 or Code shr 12 and $3F);
        end;
        Put($80 or Code shr 6 and $3F);
      end;
      Put($80 or Code and $3F);
    end;
    Inc(At);
  end;
  SetLength(Result, Size);
  {$IFDEF FPC}SetCodePage(Result, CP_UTF8, False);{$ENDIF}
end;

{ Gives the character at Bytes and steps over it; what is no UTF-8 is one replacement character a byte. }
function NextOfUtf8(var Bytes: PAnsiChar): Cardinal;
const
  LEAST: array[1..3] of Cardinal = ($80, $800, $10000);
var
  First: Byte;
  Rest, At: Integer;
begin
  First := Byte(Bytes^);
  Inc(Bytes);
  Result := First;
  if First < $80 then
    Exit;
  Rest := 0;
  if First and $E0 = $C0 then
    Rest := 1
  else if First and $F0 = $E0 then
    Rest := 2
  else if First and $F8 = $F0 then
    Rest := 3;
  Result := REPLACEMENT;
  if Rest = 0 then
    Exit;
  Result := First and ($3F shr Rest);
  for At := 0 to Rest - 1 do
    if Byte(Bytes[At]) and $C0 = $80 then
      Result := Result shl 6 or Byte(Bytes[At]) and $3F
    else
    begin
      Result := REPLACEMENT;
      Exit;
    end;
  if (Result < LEAST[Rest]) or (Result > $10FFFF) or (Result and $FFFFF800 = $D800) then
    Result := REPLACEMENT
  else
    Inc(Bytes, Rest);
end;

function MailFromUtf8(Bytes: PAnsiChar): TMailWide;
var
  Size: Integer;
  Code: Cardinal;
begin
  Result := '';
  if Bytes = nil then
    Exit;
  SetLength(Result, StrLen(Bytes));
  Size := 0;
  while Bytes^ <> #0 do
  begin
    Code := NextOfUtf8(Bytes);
    Inc(Size);
    if Code >= $10000 then
    begin
      Result[Size] := WideChar($D800 or (Code - $10000) shr 10);
      Inc(Size);
      Code := $DC00 or Code and $3FF;
    end;
    Result[Size] := WideChar(Code);
  end;
  SetLength(Result, Size);
end;

{ Writes \uXXXX into a text that has room for it. }
procedure PutEscape(var Text: TMailWide; var Size: Integer; Sign: WideChar);
var
  Hex: string;
  At: Integer;
begin
  Hex := LowerCase(IntToHex(Ord(Sign), 4));
  Text[Size + 1] := '\';
  Text[Size + 2] := 'u';
  for At := 1 to 4 do
    Text[Size + 2 + At] := WideChar(Ord(Hex[At]));
  Inc(Size, ESCAPE_SIZE);
end;

{ The host's code page. }

{$IFNDEF UNICODE}
const
  UTF8 = 65001;

{ Free Pascal and Lazarus: the program decides; Delphi: Windows does. }
function HostPage: Cardinal;
begin
  {$IFDEF FPC}
  Result := DefaultSystemCodePage;
  {$IFNDEF MSWINDOWS}
  // Before the program has set one, Linux means UTF-8.
  if (Result = 0) or (Result = CP_NONE) or (Result = CP_ASCII) then
    Result := UTF8;
  {$ENDIF}
  {$ELSE}
  Result := GetACP;
  {$ENDIF}
end;

function PageOf(const Text: string): Cardinal;
begin
  {$IFDEF FPC}
  Result := StringCodePage(Text);
  if (Result = CP_ACP) or (Result = CP_NONE) or (Result = CP_ASCII) then
  {$ENDIF}
    Result := HostPage;
end;

{$IFDEF MSWINDOWS}
function Narrow(const Text: TMailWide): string;
var
  Size: Integer;
begin
  Size := WideCharToMultiByte(HostPage, 0, PWideChar(Text), Length(Text), nil, 0, nil, nil);
  SetLength(Result, Size);
  WideCharToMultiByte(HostPage, 0, PWideChar(Text), Length(Text), PAnsiChar(Result), Size, nil, nil);
end;

function Widened(const Text: string): TMailWide;
var
  Size: Integer;
begin
  Size := MultiByteToWideChar(PageOf(Text), 0, PAnsiChar(Text), Length(Text), nil, 0);
  SetLength(Result, Size);
  MultiByteToWideChar(PageOf(Text), 0, PAnsiChar(Text), Length(Text), PWideChar(Result), Size);
end;
{$ELSE}
{ The program's unit cwstring or fpwidestring does it. }
function Narrow(const Text: TMailWide): string;
begin
  Result := string(Text);
end;

function Widened(const Text: string): TMailWide;
begin
  Result := TMailWide(Text);
end;
{$ENDIF}

{ Windows takes a likeness for what it lacks, an l for a Polish one: what does not come back the same is lacking. }
function Lacks(Character: WideChar): Boolean;
var
  Text: TMailWide;
begin
  Text := Character;
  Result := (Ord(Character) >= $80) and (Widened(Narrow(Text)) <> Text);
end;

function Escaped(const Text: TMailWide): TMailWide;
var
  At, Size: Integer;
begin
  SetLength(Result, ESCAPE_SIZE * Length(Text));
  Size := 0;
  for At := 1 to Length(Text) do
    if Lacks(Text[At]) then
      PutEscape(Result, Size, Text[At])
    else
    begin
      Inc(Size);
      Result[Size] := Text[At];
    end;
  SetLength(Result, Size);
end;
{$ENDIF}

function MailHost(const Text: TMailWide; InJson: Boolean): string;
begin
  {$IFDEF UNICODE}
  Result := Text;
  {$ELSE}
  if HostPage = UTF8 then
    Result := MailUtf8(Text)
  else if InJson then
    Result := Narrow(Escaped(Text))
  else
    Result := Narrow(Text);
  {$ENDIF}
end;

function MailWide(const Text: string): TMailWide;
begin
  {$IFDEF UNICODE}
  Result := Text;
  {$ELSE}
  if PageOf(Text) = UTF8 then
    Result := MailFromUtf8(PAnsiChar(Text))
  else
    Result := Widened(Text);
  {$ENDIF}
end;

{ JSON. The reader walks over values without building any; text that is no JSON is a value not found. }

function SignAt(const Json: TMailWide; At: Integer): WideChar;
begin
  if (At >= 1) and (At <= Length(Json)) then
    Result := Json[At]
  else
    Result := #0;
end;

function SignIn(Sign: WideChar; const Signs: string): Boolean;
begin
  // By number: #128 as a character is a euro sign to some compilers.
  Result := (Ord(Sign) > 0) and (Ord(Sign) < 128) and (Pos(Char(Ord(Sign)), Signs) > 0);
end;

procedure SkipSpace(const Json: TMailWide; var At: Integer);
begin
  while SignIn(SignAt(Json, At), ' '#9#10#13) do
    Inc(At);
end;

{ From the opening quote to behind the closing one. }
function SkipText(const Json: TMailWide; var At: Integer): Boolean;
begin
  Result := SignAt(Json, At) = '"';
  if not Result then
    Exit;
  Inc(At);
  while (At <= Length(Json)) and (Json[At] <> '"') do
  begin
    if Json[At] = '\' then
      Inc(At);
    Inc(At);
  end;
  Result := At <= Length(Json);
  Inc(At);
end;

{ Over one value: no recursion, so that no depth of nesting costs stack. }
function SkipValue(const Json: TMailWide; var At: Integer): Boolean;
var
  Depth, From: Integer;
begin
  Depth := 0;
  repeat
    SkipSpace(Json, At);
    Result := True;
    if SignAt(Json, At) = '"' then
      Result := SkipText(Json, At)
    else if SignIn(SignAt(Json, At), '{[') then
    begin
      Inc(Depth);
      Inc(At);
    end
    else if (Depth > 0) and SignIn(SignAt(Json, At), ',:}]') then
    begin
      if SignIn(Json[At], '}]') then
        Dec(Depth);
      Inc(At);
    end
    else
    begin
      From := At;
      while SignIn(SignAt(Json, At), '+-.0123456789abcdefghijklmnopqrstuvwxyzE') do
        Inc(At);
      Result := At > From;
    end;
  until not Result or (Depth = 0);
end;

{ The text between two places of a JSON string, without its escapes. }
function Unescaped(const Json: TMailWide; From, Past: Integer): TMailWide;
const
  LETTERS: string = 'bfnrt';
  MEANT: array[1..5] of WideChar = (#8, #12, #10, #13, #9);
var
  Size, Code: Integer;
begin
  SetLength(Result, Past - From);
  Size := 0;
  while From < Past do
  begin
    Inc(Size);
    Result[Size] := Json[From];
    if (Json[From] = '\') and (From + 1 < Past) then
    begin
      Inc(From);
      Result[Size] := Json[From];
      if SignIn(Json[From], LETTERS) then
        Result[Size] := MEANT[Pos(Char(Ord(Json[From])), LETTERS)]
      else if (Json[From] = 'u') and (From + 4 < Past) then
      begin
        Code := StrToIntDef('$' + string(Copy(Json, From + 1, 4)), REPLACEMENT);
        Result[Size] := WideChar(Code);
        Inc(From, 4);
      end;
    end;
    Inc(From);
  end;
  SetLength(Result, Size);
end;

{ From an opening brace to the value of one member. }
function FindMember(const Json: TMailWide; var At: Integer; const Name: TMailWide): Boolean;
var
  From: Integer;
begin
  Result := False;
  if SignAt(Json, At) <> '{' then
    Exit;
  repeat
    Inc(At);
    SkipSpace(Json, At);
    From := At + 1;
    if not SkipText(Json, At) then
      Exit;
    Result := Unescaped(Json, From, At - 1) = Name;
    SkipSpace(Json, At);
    if SignAt(Json, At) <> ':' then
      Result := False;
    Inc(At);
    SkipSpace(Json, At);
    if Result or not SkipValue(Json, At) then
      Exit;
    SkipSpace(Json, At);
  until SignAt(Json, At) <> ',';
end;

{ From an opening bracket to one value of the list, counted from 0. }
function FindItem(const Json: TMailWide; var At: Integer; Index: Integer): Boolean;
begin
  Result := False;
  if (SignAt(Json, At) <> '[') or (Index < 0) then
    Exit;
  Inc(At);
  SkipSpace(Json, At);
  while (Index > 0) and SkipValue(Json, At) do
  begin
    SkipSpace(Json, At);
    if SignAt(Json, At) <> ',' then
      Exit;
    Inc(At);
    SkipSpace(Json, At);
    Dec(Index);
  end;
  Result := (Index = 0) and (SignAt(Json, At) <> ']');
end;

{ One step of a path: the name up to a point or bracket, or the number between brackets; both are cut off. A member
  that is named like all the rest of the path comes first: mail_settings has names with points. }
function Step(const Json: TMailWide; var At: Integer; var Path: TMailWide): Boolean;
var
  Size, Here: Integer;
  InList: Boolean;
begin
  InList := SignAt(Path, 1) = '[';
  if InList or (SignAt(Path, 1) = '.') then
    Delete(Path, 1, 1);
  Here := At;
  Result := not InList and FindMember(Json, Here, Path);
  if Result then
  begin
    At := Here;
    Path := '';
    Exit;
  end;
  Size := 0;
  while (Size < Length(Path)) and not SignIn(Path[Size + 1], '.[]') do
    Inc(Size);
  if InList then
    Result := FindItem(Json, At, StrToIntDef(string(Copy(Path, 1, Size)), -1))
  else
    Result := FindMember(Json, At, Copy(Path, 1, Size));
  if InList and (SignAt(Path, Size + 1) = ']') then
    Inc(Size);
  Delete(Path, 1, Size);
end;

function MailWideFind(const Json, Path: TMailWide; out Value: TMailWide): Boolean;
var
  At, Past: Integer;
  Rest: TMailWide;
begin
  Value := '';
  At := 1;
  Rest := Path;
  Result := True;
  SkipSpace(Json, At);
  while Result and (Rest <> '') do
    Result := Step(Json, At, Rest);
  Past := At;
  Result := Result and SkipValue(Json, Past);
  if not Result then
    Exit;
  if Json[At] = '"' then
    Value := Unescaped(Json, At + 1, Past - 1)
  else if Copy(Json, At, Past - At) <> 'null' then
    Value := Copy(Json, At, Past - At);
end;

function MailJsonFind(const Json, Path: string; out Value: string): Boolean;
var
  Found: TMailWide;
begin
  Result := MailWideFind(MailWide(Json), MailWide(Path), Found);
  // A list or an object is JSON again, and can be searched again.
  Value := MailHost(Found, SignIn(SignAt(Found, 1), '{['));
end;

function MailJsonText(const Json, Path: string): string;
begin
  MailJsonFind(Json, Path, Result);
end;

function MailJsonQuote(const Text: string): string;
var
  From, Quoted: TMailWide;
  At, Size: Integer;
begin
  // Half a surrogate pair would make the whole request invalid: it becomes the replacement character.
  From := MailWide(Text);
  SetLength(Quoted, ESCAPE_SIZE * Length(From) + 2);
  Quoted[1] := '"';
  Size := 1;
  for At := 1 to Length(From) do
    if SignIn(From[At], '"\') then
    begin
      Quoted[Size + 1] := '\';
      Quoted[Size + 2] := From[At];
      Inc(Size, 2);
    end
    else if (From[At] >= ' ') and (From[At] < #127) then
    begin
      Inc(Size);
      Quoted[Size] := From[At];
    end
    else if IsHalf(From, At) then
      PutEscape(Quoted, Size, WideChar(REPLACEMENT))
    else
      PutEscape(Quoted, Size, From[At]);
  Quoted[Size + 1] := '"';
  SetLength(Quoted, Size + 1);
  Result := MailHost(Quoted, False);
end;

function MailText(const Escaped: string): string;
var
  Text: TMailWide;
begin
  Text := MailWide(Escaped);
  Result := MailHost(Unescaped(Text, 1, Length(Text) + 1), False);
end;

end.
