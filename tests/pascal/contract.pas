{ tests/contract.json by the Delphi unit; its "about" line says how. Beside it: the fields of ETillMail and the unit's
  own JSON reader give what another JSON reader finds.

  TILLMAIL_TEST_LIBRARY, TILLMAIL_TEST_TABLE, TILLMAIL_TEST_HEADER, TILLMAIL_TEST_FOLDER, TILLMAIL_TEST_MAILS }
program contract;

{$IFNDEF UNICODE}{$MODE DELPHI}{$ENDIF}
{$IFDEF MSWINDOWS}{$APPTYPE CONSOLE}{$ENDIF}

uses
  checks, Classes, SysUtils, fpjson, jsonparser, TillMail, TillMailJson;

type
  TMethodCall = function(const Request: string): string of object;

var
  Mail: TTillMail;
  Known: TJSONObject;
  Called, Codes: TStringList;

{ The number of a code, as the header has it. }
procedure ReadCodes;
var
  Lines, Words: TStringList;
  At: Integer;
begin
  Lines := TStringList.Create;
  Words := TStringList.Create;
  Lines.Text := FileText(Given('TILLMAIL_TEST_HEADER'));
  Words.Delimiter := ' ';
  for At := 0 to Lines.Count - 1 do
  begin
    Words.DelimitedText := Lines[At];
    if (Words.Count = 3) and (Words[0] = '#define') then
      Codes.Values[Words[1]] := Words[2];
  end;
  Words.Free;
  Lines.Free;
end;

function Method(const Name: string): TMethodCall;
const
  NAMES: array[0..17] of string = ('init', 'configure', 'settings', 'presets', 'verify', 'save_and_test',
    'sign_in', 'send_receipt', 'preview', 'send_message', 'wait', 'journal', 'health', 'retry', 'cancel', 'resend',
    'erase', 'shutdown');
var
  At: Integer;
begin
  At := 0;
  while 'mail_' + NAMES[At] <> Name do
    Inc(At);
  if Called.IndexOf(Name) < 0 then
    Called.Add(Name);
  case At of
    0: Result := Mail.Init;
    1: Result := Mail.Configure;
    2: Result := Mail.Settings;
    3: Result := Mail.Presets;
    4: Result := Mail.Verify;
    5: Result := Mail.SaveAndTest;
    6: Result := Mail.SignIn;
    7: Result := Mail.SendReceipt;
    8: Result := Mail.Preview;
    9: Result := Mail.SendMessage;
    10: Result := Mail.Wait;
    11: Result := Mail.Journal;
    12: Result := Mail.Health;
    13: Result := Mail.Retry;
    14: Result := Mail.Cancel;
    15: Result := Mail.Resend;
    16: Result := Mail.Erase;
  else
    Result := Mail.Shutdown;
  end;
end;

{ Puts in what is known: a text that is one name becomes the value, a name inside a text its words. }
function Filled(Value: TJSONData): TJSONData;
var
  Text: TJSONStringType;
  At: Integer;
begin
  Result := Value.Clone;
  if Value.JSONType = jtString then
  begin
    Text := Value.AsString;
    for At := 0 to Known.Count - 1 do
      if Text = '{' + Known.Names[At] + '}' then
      begin
        Result.Free;
        Result := Known.Items[At].Clone;
        Exit;
      end
      else
        Text := StringReplace(Text, '{' + Known.Names[At] + '}', Known.Items[At].AsString, [rfReplaceAll]);
    Result.Free;
    Result := TJSONString.Create(Text);
  end
  else if Value is TJSONObject then
    for At := 0 to Value.Count - 1 do
      TJSONObject(Result).Elements[TJSONObject(Value).Names[At]] := Filled(Value.Items[At])
  else if Value is TJSONArray then
    for At := 0 to Value.Count - 1 do
      TJSONArray(Result).Items[At] := Filled(Value.Items[At]);
end;

{ Where the reply is not what is wanted; nothing where it is. }
function Difference(Wanted, Found: TJSONData; const Path: string): string;
var
  At: Integer;
begin
  Result := '';
  if Found = nil then
    Result := Path + ' is missing'
  else if (Wanted.JSONType <> Found.JSONType) or ((Wanted is TJSONArray) and (Wanted.Count <> Found.Count)) or
    (not (Wanted is TJSONObject) and not (Wanted is TJSONArray) and (Wanted.AsJSON <> Found.AsJSON)) then
    Result := Path + ': ' + FromUtf8(Wanted.AsJSON) + ' is wanted, ' + FromUtf8(Found.AsJSON) + ' was found'
  else
    for At := 0 to Wanted.Count - 1 do
      if Result = '' then
        if Wanted is TJSONArray then
          Result := Difference(Wanted.Items[At], Found.Items[At], Path + '[' + IntToStr(At) + ']')
        else
          Result := Difference(Wanted.Items[At], TJSONObject(Found).Find(TJSONObject(Wanted).Names[At]),
            Path + '.' + FromUtf8(TJSONObject(Wanted).Names[At]));
end;

{ Every value of the reply is the same for the unit's reader and for this one. }
procedure ReadAlike(const Reply, Path: string; Value: TJSONData; const Name: string);
var
  At: Integer;
  Found: string;
begin
  Check((Path = '') or MailJsonFind(Reply, Path, Found), Name + ': the unit does not find ' + Path);
  if Value is TJSONObject then
    for At := 0 to Value.Count - 1 do
      if Path = '' then
        ReadAlike(Reply, FromUtf8(TJSONObject(Value).Names[At]), Value.Items[At], Name)
      else
        ReadAlike(Reply, Path + '.' + FromUtf8(TJSONObject(Value).Names[At]), Value.Items[At], Name)
  else if Value is TJSONArray then
    for At := 0 to Value.Count - 1 do
      ReadAlike(Reply, Path + '[' + IntToStr(At) + ']', Value.Items[At], Name)
  else if Value.JSONType = jtNull then
    Same('', Found, Name + ', ' + Path)
  else if Value.JSONType = jtString then
    Same(FromUtf8(Value.AsString), Found, Name + ', ' + Path)
  else
    Same(FromUtf8(Value.AsJSON), Found, Name + ', ' + Path);
end;

{ The exception holds what the reply holds, and what the header says of the code. }
procedure CompareException(Failure: ETillMail; Reply: TJSONObject; const Name: string);

  function Member(const Of_: UTF8String): string;
  var
    Value: TJSONData;
  begin
    Value := Reply.Objects['error'].Elements[Of_];
    Result := '';
    if Value.JSONType <> jtNull then
      Result := FromUtf8(Value.AsString);
  end;

begin
  Same(Codes.Values[Failure.CodeName], IntToStr(Failure.Code), Name + ', Code');
  Same(Member('name'), Failure.CodeName, Name + ', CodeName');
  Same(Member('class'), Failure.ErrorClass, Name + ', ErrorClass');
  Same(Member('message'), Failure.MailMessage, Name + ', MailMessage');
  Same(Member('hint'), Failure.Hint, Name + ', Hint');
  Same(Member('field'), Failure.Field, Name + ', Field');
  Same(Mail.LastError, Failure.Message, Name + ', Message');
end;

procedure CompareReply(One: TJSONObject; const Reply: string; Found: TJSONObject; const Name: string);
var
  Wanted: TJSONData;
  At: Integer;
begin
  ReadAlike(Reply, '', Found, Name);
  if One.Find('reply') <> nil then
  begin
    Wanted := Filled(One.Objects['reply']);
    Same('', Difference(Wanted, Found, 'reply'), Name);
    Wanted.Free;
  end;
  if One.Find('has') <> nil then
    for At := 0 to One.Arrays['has'].Count - 1 do
      Check(Found.Find(One.Arrays['has'].Strings[At]) <> nil,
        Name + ': ' + FromUtf8(One.Arrays['has'].Strings[At]) + ' is missing');
  if One.Find('keep') <> nil then
    for At := 0 to One.Objects['keep'].Count - 1 do
      Known.Add(One.Objects['keep'].Items[At].AsString, Found.Elements[One.Objects['keep'].Names[At]].Clone);
end;

procedure CompareSentence(One: TJSONObject; const Code, Sentence, Name: string);
var
  Wanted: TJSONData;
begin
  if One.Find('sentence') = nil then
    Check((Sentence = '') = (Code = 'MAIL_OK'), Name + ': ' + Sentence)
  else
  begin
    Wanted := Filled(One.Elements['sentence']);
    Same(FromUtf8(Wanted.AsString), Sentence, Name + ', sentence');
    Wanted.Free;
  end;
end;

procedure RunCase(One: TJSONObject);
var
  Name, Request, Reply, Code: string;
  Asked: TJSONData;
  Found: TJSONObject;
begin
  Name := FromUtf8(One.Strings['name']);
  Request := FromUtf8(One.Get('raw', UTF8String('')));
  if One.Find('request') <> nil then
  begin
    Asked := Filled(One.Objects['request']);
    Request := FromUtf8(Asked.AsJSON);
    Asked.Free;
  end;
  Found := nil;
  try
    Code := 'MAIL_OK';
    Reply := Method(FromUtf8(One.Strings['call']))(Request);
    Found := GetJSON(ToUtf8(Reply)) as TJSONObject;
  except
    on Failure: ETillMail do
    begin
      Code := Failure.CodeName;
      Reply := Failure.Reply;
      Found := GetJSON(ToUtf8(Reply)) as TJSONObject;
      CompareException(Failure, Found, Name);
    end;
  end;
  Same(FromUtf8(One.Strings['code']), Code, Name + ', code');
  CompareSentence(One, Code, Mail.LastError, Name);
  CompareReply(One, Reply, Found, Name);
  Found.Free;
end;

var
  Table: TJSONObject;
  At: Integer;

begin
  Codes := TStringList.Create;
  ReadCodes;
  Called := TStringList.Create;
  Mail := TTillMail.Create(Given('TILLMAIL_TEST_LIBRARY'));
  Known := TJSONObject.Create;
  Known.Add('folder', ToUtf8(Given('TILLMAIL_TEST_FOLDER')));
  Known.Add('mails', ToUtf8(Given('TILLMAIL_TEST_MAILS')));
  Table := GetJSON(ToUtf8(FileText(Given('TILLMAIL_TEST_TABLE')))) as TJSONObject;
  for At := 0 to Table.Arrays['cases'].Count - 1 do
    RunCase(Table.Arrays['cases'].Objects[At]);
  Check(Called.Count = 18, IntToStr(Called.Count) + ' of 18 functions were called');
  Table.Free;
  Known.Free;
  Mail.Free;
  Called.Free;
  Codes.Free;
  Ended;
end.
